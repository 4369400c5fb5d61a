import Cryptography
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// The documents and the listing that Tests/Golden/make-golden.py has written on its own.
struct GoldenDocumentTests {
    @Test func theGoldenDescriptionIsDecodedAndEncodedToItsBytes() throws {
        let bytes = try goldenFile("description.json")
        let description = RepositoryDescription(
            id: RepositoryID(RandomBits(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)),
            created: Timestamp(seconds: 1_795_463_701, nanoseconds: 0),
            chunking: ChunkingParameters())
        let decoded = try bytes.withUnsafeBytes {
            try DocumentCodec.decodeDescription($0, hash: SHA256.digest)
        }
        #expect(decoded == description)
        #expect(DocumentCodec.encode(description, hash: SHA256.digest) == bytes)
    }

    @Test func theGoldenManifestIsDecodedAndEncodedToItsBytes() throws {
        let bytes = try goldenFile("manifest.json")
        let manifest = try Golden.manifest()
        let decoded = try bytes.withUnsafeBytes {
            try DocumentCodec.decodeManifest($0, hash: SHA256.digest)
        }
        #expect(decoded == manifest)
        #expect(DocumentCodec.encode(manifest, hash: SHA256.digest) == bytes)
    }

    @Test func theGoldenListingIsDecodedAndEncodedToItsBytes() throws {
        let bytes = try goldenFile("listing.jsonl")
        #expect(try decodeListing(bytes) == Golden.entries)
        #expect(encodeListing(Golden.entries) == bytes)
    }

    @Test func `golden attributes and hard links are decoded and encoded to their bytes`() throws {
        let bytes = try goldenFile("attributes.jsonl")
        #expect(try decodeListing(bytes) == Golden.attributeEntries)
        #expect(encodeListing(Golden.attributeEntries) == bytes)
    }

    @Test func `golden flags are decoded and encoded to their bytes`() throws {
        let bytes = try goldenFile("flags.jsonl")
        #expect(try decodeListing(bytes) == Golden.flagEntries)
        #expect(encodeListing(Golden.flagEntries) == bytes)
    }

    @Test func `golden birth times are decoded and encoded to their bytes`() throws {
        let bytes = try goldenFile("birth-times.jsonl")
        #expect(try decodeListing(bytes) == Golden.birthTimeEntries)
        #expect(encodeListing(Golden.birthTimeEntries) == bytes)
    }

    @Test func `the golden manifest of a root with attributes is decoded and encoded`() throws {
        let bytes = try goldenFile("attributes-manifest.json")
        let manifest = try Golden.attributeManifest()
        let decoded = try bytes.withUnsafeBytes {
            try DocumentCodec.decodeManifest($0, hash: SHA256.digest)
        }
        #expect(decoded == manifest)
        #expect(DocumentCodec.encode(manifest, hash: SHA256.digest) == bytes)
    }
}

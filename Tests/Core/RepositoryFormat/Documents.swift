import RepositoryFormat
import SnapshotModel
import TestSupport

/// Encodes and decodes the plain JSON documents with the stand-in hash.
enum Documents {
    static func encode(_ description: RepositoryDescription) -> [UInt8] {
        DocumentCodec.encode(description, hash: fakeHash)
    }

    static func encode(_ manifest: Manifest) -> [UInt8] {
        DocumentCodec.encode(manifest, hash: fakeHash)
    }

    static func decodeDescription(_ bytes: [UInt8]) throws -> RepositoryDescription {
        try bytes.withUnsafeBytes { try DocumentCodec.decodeDescription($0, hash: fakeHash) }
    }

    static func decodeManifest(_ bytes: [UInt8]) throws -> Manifest {
        try bytes.withUnsafeBytes { try DocumentCodec.decodeManifest($0, hash: fakeHash) }
    }

    /// The document with the first `part` replaced and a checksum that fits what came out.
    static func edited(_ bytes: [UInt8], _ part: String, _ replacement: String) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        // The checksum, its key and the end have 80 characters.
        let body = String(text.dropLast(80))
        precondition(body.contains(part), "\(part) is not in \(body)")
        return sealed(body.replacing(part, with: replacement, maxReplacements: 1))
    }

    /// A document out of everything before its checksum.
    static func sealed(_ body: String) -> [UInt8] {
        let digest = Array(body.utf8).withUnsafeBytes(fakeHash)
        return Array("\(body),\"checksum\":\"\(digest.hexadecimal)\"}\n".utf8)
    }
}

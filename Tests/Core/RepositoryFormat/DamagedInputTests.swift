// Decoding any bytes returns or throws, and what is returned survives another round. The inputs
// are valid ones with damages, and random bytes; checksums are made to fit, because otherwise
// nothing behind them would ever be reached.

import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct DamagedInputTests {
    @Test(arguments: seeds(count: 8))
    func anyTextIsSkippedOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let text = Array(#"[{"a":[1,-2.5e3,"x\u00e9\n",true],"b":{}},null,"\ud83d\ude00"]"#.utf8)
        for input in generator.damagedInputs(200, of: text) {
            accepting {
                try reading(input) { reader in
                    try reader.skipValue()
                    #expect(reader.position <= input.count)
                }
            }
        }
    }

    @Test(arguments: seeds(count: 8))
    func anyListingIsDecodedOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let listing = encodeListing(generator.entries(1...4))
        for input in generator.damagedInputs(100, of: listing) {
            accepting {
                let entries = try decodeListing(input)
                let known = entries.map {
                    Entry(
                        name: $0.name, kind: $0.kind, metadata: $0.metadata,
                        extendedAttributes: $0.extendedAttributes, hardLink: $0.hardLink,
                        hasHoles: $0.hasHoles, flags: $0.flags, created: $0.created)
                }
                #expect(try decodeListing(encodeListing(entries)) == known)
                #expect(entries.allSatisfy { $0.name.isValid })
            }
        }
    }

    @Test(arguments: seeds(count: 8))
    func anyDescriptionIsDecodedOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let description = generator.repositoryDescription()
        let document = DocumentCodec.encode(description, hash: Self.noHash)
        for input in generator.damagedInputs(100, of: document) {
            accepting {
                let decoded = try input.withUnsafeBytes {
                    try DocumentCodec.decodeDescription($0, hash: Self.noHash)
                }
                let again = try Documents.decodeDescription(Documents.encode(decoded))
                #expect(again == decoded)
            }
        }
    }

    @Test(arguments: seeds(count: 8))
    func anyManifestIsDecodedOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let document = DocumentCodec.encode(generator.manifest(), hash: Self.noHash)
        for input in generator.damagedInputs(100, of: document) {
            accepting {
                let decoded = try input.withUnsafeBytes {
                    try DocumentCodec.decodeManifest($0, hash: Self.noHash)
                }
                #expect(try Documents.decodeManifest(Documents.encode(decoded)) == decoded)
            }
        }
    }

    @Test(arguments: seeds(count: 8))
    func anyEndOfAPackIsDecodedOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let contents = generator.packContents()
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        let trailer = Array(end.dropLast(PackLayout.footerLength))
        let blocks = Packs.size(contents, end) - UInt64(end.count)
        for input in generator.damagedInputs(100, of: trailer) {
            let resealed = Packs.sealed(input)
            accepting {
                let size = blocks + UInt64(resealed.count)
                let decoded = try Packs.decode(resealed, packSizeInBytes: size)
                let again = PackLayout.encodeTrailer(decoded, hash: fakeHash)
                #expect(try Packs.decode(again, packSizeInBytes: size) == decoded)
            }
        }
        for input in generator.damagedInputs(100, of: Array(end.suffix(48))) {
            accepting {
                let footer = try input.suffix(48).withUnsafeBytes {
                    try PackLayout.decodeFooter($0, packSizeInBytes: 10_000)
                }
                #expect(footer.trailerLength <= 10_000)
            }
        }
    }

    @Test(arguments: seeds(count: 12))
    func anyIndexTableIsOpenedAndSearchedOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let packs = generator.packsWithSharedChunks(1...4)
        let ids = packs.flatMap { $0.contents.chunks.map(\.id) }
        let bytes = try IndexTables.build(packs: packs)
        var inputs = generator.damagedInputs(40, of: bytes)
        // Damages that keep the length get past the first check much more often.
        for _ in 0..<40 {
            var input = bytes
            for _ in 0..<generator.number(in: 1...8) {
                input[generator.number(in: 0...bytes.count - 1)] ^=
                    1
                    << UInt8.random(
                        in: 0...7, using: &generator)
            }
            inputs.append(input)
        }
        for input in inputs {
            accepting {
                try IndexTables.open(input) { table in
                    search(table, for: ids + [generator.chunkID()])
                    accepting {
                        let merged = try IndexTables.build(runs: [packs], tables: [input])
                        try IndexTables.open(merged) { search($0, for: ids) }
                    }
                }
            }
        }
    }

    @Test(arguments: seeds(count: 4))
    func anyListOfChunksIsDecodedOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let list = ContentList.encode(generator.array(1...10) { $0.chunkID() })
        for input in generator.damagedInputs(100, of: list) {
            accepting {
                let ids = try input.withUnsafeBytes { try ContentList.decode($0) }
                #expect(ContentList.encode(ids) == input)
            }
        }
    }

    @Test(arguments: seeds(count: 4))
    func anyNameOfAnObjectNamesWhatItIsTheNameOfOrNothing(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let time = generator.calendarTimestamp()
        let names = [
            ObjectNames.pack(PackID(generator.digest())),
            ObjectNames.table(TableID(generator.digest())),
            ObjectNames.manifest(SnapshotID(using: &generator), time: time),
        ]
        for input in names.flatMap({ generator.damagedInputs(60, of: Array($0.utf8)) }) {
            let name = String(decoding: input, as: UTF8.self)
            if let id = ObjectNames.packID(name) { #expect(ObjectNames.pack(id) == name) }
            if let id = ObjectNames.tableID(name) { #expect(ObjectNames.table(id) == name) }
            if let id = ObjectNames.snapshotID(name) { #expect(name.hasSuffix("-\(id).json")) }
        }
    }

    /// Gives all bytes the same hash, so that damages do not stop at the checksum.
    private static func noHash(_: UnsafeRawBufferPointer) -> Digest256 {
        fakeHash(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private func search(_ table: IndexTable, for ids: [ChunkID]) {
        for id in ids where table.contains(id) {
            accepting {
                let locations = try table.locations(of: id)
                #expect(!locations.isEmpty)
            }
        }
        for number in 0..<table.packCount {
            #expect(table.pack(number).blocks.count == table.blockRange(ofPack: number).count)
        }
        for position in 0..<table.chunkCount {
            accepting {
                let block = try table.chunk(position).block
                #expect(Int(block) < table.blockCount)
            }
        }
    }

    /// Runs what may throw errors of the format, and no others.
    private func accepting(_ body: () throws -> Void) {
        do { try body() } catch { #expect(error is FormatError) }
    }
}

extension SeededGenerator {
    fileprivate mutating func damagedInputs(_ count: Int, of bytes: [UInt8]) -> [[UInt8]] {
        (0..<count).map { _ in
            oneIn(8) ? self.bytes(number(in: 0...2 * bytes.count)) : damaged(bytes)
        }
    }
}

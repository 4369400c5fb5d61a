import RepositoryFormat
import SnapshotModel
import TestSupport

/// Builds index tables in tests, and opens them.
enum IndexTables {
    static let session = SessionID(RandomBits(high: 1, low: 2))
    static let nonce = Nonce(RandomBits(high: 3, low: 4))

    static func build(packs: [ImaginaryPack]) throws -> [UInt8] {
        try build(runs: [packs], tables: [])
    }

    /// A table of packs that come in several runs, and of other tables.
    static func build(runs: [[ImaginaryPack]], tables: [[UInt8]]) throws -> [UInt8] {
        try withTables(tables[...], opened: []) { opened in
            var builder = IndexTableBuilder(session: session, nonce: nonce)
            for run in runs { builder.add(run.map { ($0.record, $0.contents.chunks) }) }
            for table in opened { builder.add(table) }
            return try builder.build()
        }
    }

    static func open<Value>(
        _ bytes: [UInt8], _ body: (IndexTable) throws -> Value
    ) throws -> Value {
        try bytes.withUnsafeBytes { try body(IndexTable($0)) }
    }

    /// Opens the tables one within the other, so that the memory of all is there at once.
    private static func withTables<Value>(
        _ tables: ArraySlice<[UInt8]>, opened: [IndexTable],
        _ body: ([IndexTable]) throws -> Value
    ) throws -> Value {
        guard let first = tables.first else { return try body(opened) }
        return try open(first) { table in
            try withTables(tables.dropFirst(), opened: opened + [table], body)
        }
    }
}

extension SeededGenerator {
    /// Packs of which some hold chunks that others hold too.
    mutating func packsWithSharedChunks(_ count: ClosedRange<Int>) -> [ImaginaryPack] {
        let shared = array(5...20) { $0.chunkID() }
        return array(count) { generator in
            generator.imaginaryPack { $0.oneIn(4) ? $0.pick(shared) : $0.chunkID() }
        }
    }
}

import Cryptography
import FileHandles
import ObjectStore
import RepositoryFormat
import SnapshotModel
import StoreCache
import Synchronization
import TestSupport
import Testing

/// What is remembered of tables saves work, and is never believed when anything has changed.
struct TableMemoryTests {
    private static let day: Int64 = 24 * 60 * 60

    private let directory: TemporaryDirectory
    private let cache: [UInt8]
    private let file: DiskPath
    private let key: ObjectKey

    init() throws {
        directory = try TemporaryDirectory(isInMemory: true)
        cache = directory.appending("cache")
        file = DiskPath(directory.appending("table"))
        let bytes = try Self.table(chunks: 8000)
        key = Self.key(bytes)
        try file.write(bytes)
    }

    private static func key(_ bytes: [UInt8]) -> ObjectKey {
        ObjectKey(
            ObjectNames.table(TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })))
    }

    private static func table(chunks: Int) throws -> [UInt8] {
        var generator = SeededGenerator(seed: 41)
        var builder = IndexTableBuilder(
            session: SessionID(using: &generator), nonce: Nonce(using: &generator))
        let blocks = [
            BlockRecord(
                offset: 8, storedLength: 50, plainLength: 100, codec: .zstd, kind: .data)
        ]
        let ids = (0..<chunks).map { _ in
            ChunkRecord(id: generator.chunkID(), block: 0, offset: 0, length: 1)
        }
        let pack = PackRecord(id: PackID(generator.digest()), sizeInBytes: 1000, blocks: blocks)
        builder.add([(pack, ids)])
        return try builder.build()
    }

    /// A run: asks about the file, and keeps what it has found.
    private func run(
        after seconds: Int64 = 60, place: String = "place", cache: [UInt8]? = nil,
        key: ObjectKey? = nil, file: DiskPath? = nil
    ) throws -> ObjectProof {
        let written = try self.file.status().changed.seconds
        let memory = TableMemory(cacheDirectory: cache ?? self.cache, place: place) {
            written + seconds
        }
        defer { memory.save() }
        let mapped = try MappedFile(path: (file ?? self.file).bytes)
        return withExtendedLifetime(mapped) {
            memory.prove(key ?? self.key, mapped.bytes, mapped.status)
        }
    }

    @Test func `a table is hashed once, and then remembered for a day`() throws {
        #expect(try run() == .hashed)
        #expect(try run() == .remembered)
        #expect(try run(after: Self.day) == .remembered)
        #expect(try run(after: Self.day + 60) == .hashed)
        #expect(try run(after: 2 * Self.day) == .remembered)
    }

    @Test func `a table that was just written is hashed again`() throws {
        for seconds in [-5, 0, 9] as [Int64] {
            #expect(try run(after: seconds) == .hashed)
            #expect(try run(after: 60, cache: directory.appending("\(seconds)")) == .hashed)
        }
        #expect(try run() == .hashed)
    }

    @Test func `a clock that went back proves nothing`() throws {
        #expect(try run(after: 1000) == .hashed)
        #expect(try run(after: 999) == .hashed)
    }

    @Test func `a file that was written again is hashed, and damage is found`() throws {
        _ = try run()
        let bytes = try file.read()
        try file.write(bytes)
        #expect(try run() == .hashed)
        var damaged = bytes
        damaged[bytes.count / 2] ^= 1
        try file.write(damaged)
        #expect(try run() == .none)
        #expect(try run() == .none)
    }

    @Test func `another file in its place is hashed`() throws {
        _ = try run()
        let other = DiskPath(directory.appending("other"))
        try other.write(try file.read())
        #expect(try run(after: 100, file: other) == .hashed)
    }

    @Test func `another table, another repository and other objects are not taken for it`() throws {
        _ = try run()
        #expect(try run(place: "elsewhere") == .hashed)
        let name = String(repeating: "0", count: 64)
        #expect(try run(key: ObjectKey(ObjectNames.indexes + name)) == .none)
        #expect(try run(key: ObjectKey("packs/00/\(name)")) == .none)
    }

    @Test func `what has the right hash and is no table is not remembered`() throws {
        let bytes = [UInt8](repeating: 7, count: TableMemory.smallestInBytes)
        try file.write(bytes)
        for _ in 0..<2 { #expect(try run(key: Self.key(bytes)) == .none) }
    }

    @Test func `small tables are not remembered`() throws {
        let bytes = try Self.table(chunks: 100)
        try file.write(bytes)
        for _ in 0..<2 { #expect(try run(key: Self.key(bytes)) == .none) }
        #expect(!DiskPath(cache).exists)
    }

    @Test func `a damaged memory is none`() throws {
        _ = try run()
        let folder = DiskPath(cache).appending("verified")
        let name = try #require(folder.names().first)
        let memory = folder.appending(name)
        let bytes = try memory.read()
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            try memory.write(damaged)
            #expect(try run() == .hashed, "byte \(position)")
            #expect(try run() == .remembered)
        }
        try memory.write(Array(bytes.dropLast()))
        #expect(try run() == .hashed)
        // Nothing that stands there may make a run wait, or lead it elsewhere.
        try memory.remove()
        try memory.makeDirectory()
        #expect(try run() == .hashed)
        #expect(try run() == .hashed)
    }

    @Test func `a folder that cannot be written to is no error`() throws {
        try DiskPath(cache).write([])
        for _ in 0..<2 { #expect(try run() == .hashed) }
    }

    @Test func `tables that a run has not seen are forgotten`() throws {
        _ = try run()
        let bytes = try Self.table(chunks: 9000)
        let other = DiskPath(directory.appending("other"))
        try other.write(bytes)
        #expect(try run(after: 100, key: Self.key(bytes), file: other) == .hashed)
        #expect(try run(after: 100) == .hashed)
    }

    @Test func `what is remembered is counted and removed`() throws {
        #expect(TableMemory.files(in: cache).usage == FolderUsage())
        _ = try run()
        _ = try run(place: "elsewhere")
        try DiskPath(cache).appending("verified").appending("foreign").write([1])
        let usage = TableMemory.files(in: cache).usage
        #expect(usage.files == 2)
        #expect(TableMemory.files(in: cache).clear() == usage)
        #expect(TableMemory.files(in: cache).usage == FolderUsage())
        #expect(try DiskPath(cache).appending("verified").names() == [Array("foreign".utf8)])
        #expect(try run() == .hashed)
    }
}

import Checking
import ChunkStorage
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Whatever is wrong with an object is found, and the files that suffer are named.
struct DamageTests {
    private let sandbox: Sandbox
    private let id: SnapshotID
    private let pack: ObjectKey
    private static let names = ["/a", "/b", "/folder/c"]

    init() throws {
        sandbox = try Sandbox(seed: 17)
        var generator = SeededGenerator(seed: 17)
        try sandbox.source.appending("folder").makeDirectory()
        for name in Self.names { try sandbox.source.appending(name).write(generator.bytes(60)) }
        id = try sandbox.snapshot { $0.compression = .off }.report.id
        pack = try #require(sandbox.keys(ObjectNames.packs).first)
    }

    /// The paths that a check says cannot be restored.
    private static func suffering(_ run: CheckRun, _ id: SnapshotID) -> Set<String> {
        let problems = run.problems.filter { $0.kind == .file || $0.kind == .listing }
        #expect(problems.allSatisfy { $0.snapshot == id })
        return Set(problems.map(\.subject))
    }

    @Test func `one bit flipped at any byte of a pack is found, with the files that suffer`()
        throws
    {
        let contents = try PackReader.contents(
            of: #require(ObjectNames.packID("\(pack)")), in: sandbox.store
        ).contents
        for position in 0..<Int(try sandbox.store.head(pack)) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.flip(pack, bit: 8 * position + position % 8)
            let run = try sandbox.check(.allData, through: faulty)
            #expect(run.problems.contains { $0.subject == "\(pack)" }, "byte \(position)")
            #expect(run.report.errors == UInt64(run.problems.count))
            let block = contents.blocks.first {
                $0.offset <= position && position < Int($0.end)
            }
            let expected = try restoreDamage(through: faulty)
            #expect(Self.suffering(run, id) == expected, "byte \(position)")
            #expect(expected.isEmpty == (block == nil), "byte \(position)")
        }
    }

    /// The paths that a restore cannot write.
    private func restoreDamage(through store: any ObjectStore) throws -> Set<String> {
        let run = try sandbox.restore(id, through: store)
        defer { try? run.target.remove() }
        return Set(
            run.damaged.map { path in
                let below = path.dropFirst(run.target.bytes.count)
                return below.isEmpty ? "/" : String(decoding: below, as: UTF8.self)
            })
    }

    @Test func `a missing pack is found without reading data`() throws {
        try sandbox.store.delete([pack])
        for depth in [CheckDepth.structure, .allData] {
            let run = try sandbox.check(depth)
            #expect(run.problems.contains { $0.kind == .pack && $0.subject == "\(pack)" })
            #expect(Self.suffering(run, id) == ["/"])
        }
    }

    @Test func `a pack that is cut off is found without reading data, with the files behind`()
        throws
    {
        let size = Int(try sandbox.store.head(pack))
        for length in stride(from: 0, to: size, by: 7) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.truncate(pack, to: length)
            for depth in [CheckDepth.structure, .allData] {
                let run = try sandbox.check(depth, through: faulty)
                #expect(run.problems.contains { $0.kind == .pack && $0.subject == "\(pack)" })
                let expected = try restoreDamage(through: faulty)
                #expect(Self.suffering(run, id) == expected, "length \(length), \(depth)")
            }
        }
    }

    @Test func `damage in a pack that is cut off too is found when data is read`() throws {
        let faulty = FaultyStore(sandbox.store)
        let size = Int(try sandbox.store.head(pack))
        var bytes = Array(try sandbox.store.get(pack, .whole).array.prefix(size - 1))
        bytes[20] ^= 1
        faulty.alter(pack, bytes)
        let run = try sandbox.check(.allData, through: faulty)
        #expect(try Self.suffering(run, id) == restoreDamage(through: faulty))
        #expect(!Self.suffering(run, id).isEmpty)
    }

    @Test(arguments: [0, 1, 40, 300])
    func `a table that is damaged, cut off or garbage is found, and no file suffers`(
        length: Int
    ) throws {
        let table = try #require(sandbox.keys(ObjectNames.indexes).first)
        let good = try sandbox.store.get(table, .whole).array
        var flipped = good
        flipped[good.count / 2] ^= 4
        var generator = SeededGenerator(seed: 4)
        for bytes in [Array(good.prefix(length)), flipped, generator.bytes(length)] {
            let faulty = FaultyStore(sandbox.store)
            faulty.alter(table, bytes)
            let run = try sandbox.check(.allData, through: faulty)
            #expect(run.problems.map(\.kind) == [.index])
            #expect(run.problems.map(\.subject) == ["\(table)"])
        }
    }

    @Test func `when a table is missing its packs are known by their trailers`() throws {
        try sandbox.store.delete(sandbox.keys(ObjectNames.indexes))
        let run = try sandbox.check()
        #expect(run.problems == [])
        #expect(run.notices.count == 1)
    }

    @Test func `data damaged in a pack whose table is missing is found all the same`() throws {
        try sandbox.store.delete(sandbox.keys(ObjectNames.indexes))
        try sandbox.alter(pack) { $0[20] ^= 1 }
        let run = try sandbox.check()
        #expect(run.problems.contains { $0.kind == .pack && $0.subject == "\(pack)" })
        #expect(try Self.suffering(run, id) == restoreDamage(through: sandbox.store))
        #expect(!Self.suffering(run, id).isEmpty)
    }

    @Test func `a manifest that is damaged is found, and the other snapshots are checked`() throws {
        let manifest = try sandbox.manifest(id)
        let key = ObjectKey(ObjectNames.manifest(id, time: manifest.time))
        _ = try sandbox.snapshot()
        for position in stride(from: 0, to: Int(try sandbox.store.head(key)), by: 5) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.flip(key, bit: 8 * position + position % 8)
            let run = try sandbox.check(.structure, through: faulty)
            #expect(run.problems.map(\.kind) == [.manifest], "byte \(position)")
            #expect(run.problems.map(\.subject) == ["\(key)"])
            #expect(run.report.snapshots == 1)
        }
    }

    @Test func `a hostile listing is found, with its place`() throws {
        let metadata = Metadata(
            mode: 0o644, userID: 0, groupID: 0, modified: Timestamp(seconds: 1, nanoseconds: 0))
        let bad = sandbox.listing([Entry(name: FileName(".."), kind: .fifo, metadata: metadata)])
        let inner = try sandbox.saveContent(bad)
        let outer = [Entry(name: FileName("deep"), kind: .directory(inner), metadata: metadata)]
        let planted = try sandbox.plant(listing: sandbox.listing(outer))
        let run = try sandbox.check()
        #expect(run.problems.map(\.kind) == [.listing])
        #expect(run.problems.map(\.subject) == ["/deep"])
        #expect(run.problems.map(\.snapshot) == [planted])
    }

    @Test func `content whose chunks do not add up to its size is found`() throws {
        let content = try sandbox.saveContent(Array("seven b".utf8))
        let metadata = Metadata(
            mode: 0o644, userID: 0, groupID: 0, modified: Timestamp(seconds: 1, nanoseconds: 0))
        let wrong = Content(sizeInBytes: 8, levels: 0, chunks: content.chunks)
        let entry = Entry(name: FileName("short"), kind: .file(wrong), metadata: metadata)
        let planted = try sandbox.plant(listing: sandbox.listing([entry]))
        let run = try sandbox.check(.structure)
        #expect(run.problems.map(\.subject) == ["/short"])
        #expect(run.problems.map(\.snapshot) == [planted])
    }
}

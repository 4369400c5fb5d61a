import ChunkStorage
import FileHandles
import ObjectStore
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Damaged repositories: what can be restored is, no file is wrong, and the others are named.
struct DamageTests {
    private let sandbox: Sandbox
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 17)
        var generator = SeededGenerator(seed: 17)
        try sandbox.source.appending("folder").makeDirectory()
        for name in ["a", "b", "folder/c", "folder/d"] {
            try sandbox.source.appending(name).write(generator.text(200))
        }
        id = try sandbox.snapshot().report.id
    }

    private func pack() throws -> ObjectKey {
        try #require(sandbox.keys(ObjectNames.packs).first)
    }

    /// Every file is as it was or missing, and what is missing was named.
    private func expectNothingWrong(_ run: RestoreRun, _ comment: Comment) throws {
        func walk(_ source: DiskPath, _ copy: DiskPath) throws {
            if run.damaged.contains(copy.bytes) { return }
            guard copy.exists else {
                Issue.record("\(comment): \(copy.text) is missing and not named")
                return
            }
            if try source.status().kind == .directory {
                for name in try source.names() {
                    try walk(source.appending(name), copy.appending(name))
                }
            } else {
                #expect(try source.read() == copy.read(), comment)
            }
        }
        try walk(sandbox.source, run.target)
        for path in run.damaged where path != run.target.bytes {
            let copy = DiskPath(path)
            let isMissing = try !copy.exists || copy.status().kind == .directory
            #expect(isMissing, comment)
        }
    }

    @Test func `one bit flipped at any byte of the pack`() throws {
        let size = Int(try sandbox.store.head(pack()))
        var damagedCount = 0
        for position in stride(from: 0, to: size, by: 3) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.flip(pack(), bit: 8 * position + position % 8)
            let run = try sandbox.restore(id, through: faulty)
            try expectNothingWrong(run, "byte \(position)")
            damagedCount += run.damaged.isEmpty ? 0 : 1
            try run.target.remove()
        }
        #expect(damagedCount > 20)
    }

    @Test func `a pack cut off anywhere`() throws {
        let size = Int(try sandbox.store.head(pack()))
        for length in stride(from: 0, to: size, by: 17) {
            let faulty = FaultyStore(sandbox.store)
            try faulty.truncate(pack(), to: length)
            let run = try sandbox.restore(id, through: faulty)
            try expectNothingWrong(run, "length \(length)")
            try run.target.remove()
        }
    }

    @Test func `a missing pack costs what only it has`() throws {
        try sandbox.waitForTick()
        try sandbox.source.appending("b").write(Array("changed".utf8))
        let before = try sandbox.keys(ObjectNames.packs)
        let second = try sandbox.snapshot().report.id
        let added = try sandbox.keys(ObjectNames.packs).filter { !before.contains($0) }
        let faulty = FaultyStore(sandbox.store)
        for key in added { faulty.lose(key) }
        #expect(try sandbox.restore(id, through: faulty).damaged.isEmpty)
        let run = try sandbox.restore(second, through: faulty)
        // The root's listing was in the pack that is lost.
        #expect(run.damaged == [run.target.bytes])
    }

    @Test func `tables that are lost or damaged are done without`() throws {
        for key in try sandbox.keys(ObjectNames.indexes) {
            let faulty = FaultyStore(sandbox.store)
            faulty.alter(key, [1, 2, 3])
            #expect(try sandbox.differences(id, through: faulty) == [])
            faulty.hide(key)
            #expect(try sandbox.differences(id, through: faulty) == [])
        }
    }

    @Test func `a store that cannot be reached is an error of the whole run`() throws {
        var call = 3
        var failures = 0
        while true {
            let faulty = FaultyStore(sandbox.store, .init(.get, call: call))
            let run = try? sandbox.restore(id, through: faulty)
            if !faulty.hasFailed { break }
            #expect(run == nil, "call \(call)")
            failures += 1
            call += 1
        }
        #expect(failures > 0)
    }

    @Test func `a damaged block costs the files in it and is asked for three times`() throws {
        var generator = SeededGenerator(seed: 18)
        for number in 0..<12 {
            try sandbox.source.appending("large \(number)").write(generator.bytes(300_000))
        }
        let id = try sandbox.snapshot().report.id
        let pack = try #require(
            sandbox.keys(ObjectNames.packs).max {
                try sandbox.store.head($0) < sandbox.store.head($1)
            })
        let packID = try #require(ObjectNames.packID(pack.description))
        let blocks = try #require(sandbox.store.openIndex().blocks(of: packID))
        let block = try #require(blocks.filter { $0.kind == .data }.dropFirst().first)
        let faulty = FaultyStore(sandbox.store)
        try faulty.flip(pack, bit: 8 * Int(block.offset) + 8_000)
        let recorder = RecordingStore(faulty)
        let run = try sandbox.restore(id, through: recorder)
        try expectNothingWrong(run, "block at \(block.offset)")
        // The other blocks hold the other files.
        #expect((1...4).contains(run.damaged.count))
        #expect(run.counts.files == 16 - UInt64(run.damaged.count))
        let asked = recorder.calls.count { call in
            guard case .from(let offset, let length) = call.range else { return false }
            return (offset..<offset + UInt64(length)).contains(UInt64(block.offset) + 1_000)
        }
        #expect(asked <= 3)
    }

    @Test(arguments: seeds(count: 8))
    func `bits that are lost on their way do no harm`(seed: UInt64) throws {
        try sandbox.waitForTick()
        try sandbox.source.appending("e").write([1, 2, 3])
        let id = try sandbox.snapshot().report.id
        let noisy = NoisyStore(sandbox.store, prefix: ObjectNames.packs, seed: seed)
        #expect(try sandbox.differences(id, through: noisy) == [])
        #expect(noisy.flips == 2)
    }

    @Test func `chunks of a pack that is lost or damaged are taken from another`() throws {
        let sandbox = try Sandbox(seed: 19)
        var generator = SeededGenerator(seed: 19)
        let chunks = (0..<4).map { _ in generator.text(3_000) }
        // Two sessions that did not know of each other have stored the same.
        let store = sandbox.store
        var ids: [ChunkID] = []
        for index in [try store.openIndex(), try store.openIndex()] {
            ids = try saveChunks(chunks, to: store, index: index, generator.sessionIdentity())
        }
        let packs = try sandbox.keys(ObjectNames.packs)
        try #require(packs.count == 2)
        let entry = Entry(
            name: FileName("file"),
            kind: .file(Content(sizeInBytes: 12_000, levels: 0, chunks: ids)),
            metadata: Metadata(
                mode: 0o644, userID: geteuid(), groupID: getegid(),
                modified: Timestamp(seconds: 1, nanoseconds: 0)))
        let id = try sandbox.plant(listing: sandbox.listing([entry]))
        func expectFile(_ comment: Comment, through store: any ObjectStore) throws {
            let run = try sandbox.restore(id, through: store)
            #expect(run.damaged.isEmpty, comment)
            #expect(try run.target.appending("file").read() == Array(chunks.joined()), comment)
        }
        let recorder = RecordingStore(store)
        try expectFile("whole", through: recorder)
        let asked = Set(recorder.calls.flatMap(\.subjects)).intersection(packs.map(\.description))
        #expect(asked.count == 1)
        for pack in packs {
            let faulty = FaultyStore(store)
            faulty.lose(pack)
            try expectFile("lost", through: faulty)
            faulty.heal()
            try faulty.flip(pack, bit: 8 * 60)
            try expectFile("damaged", through: faulty)
            try faulty.truncate(pack, to: 50)
            try expectFile("cut off", through: faulty)
            try faulty.truncate(pack, to: 5)
            try expectFile("cut off at its head", through: faulty)
        }
    }
}

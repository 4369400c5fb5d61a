import ChunkStorage
import Forgetting
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What was forgotten comes back as it was.
struct UndoTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox(seed: 91, averageChunkInBytes: 4096) }

    /// Makes a snapshot of a tree that has something new each time and shares the rest.
    private func grow(_ number: Int) throws -> SnapshotID {
        var generator = SeededGenerator(seed: UInt64(91 + number))
        for name in ["a", "deep/er/b"] {
            let file = sandbox.source.appending(name)
            if name.contains("/"), !sandbox.source.appending("deep").exists {
                try sandbox.source.appending("deep").makeDirectory()
                try sandbox.source.appending("deep/er").makeDirectory()
            }
            try file.write(generator.bytes(20_000))
        }
        return try sandbox.snapshot { settings in
            settings.tags = ["round \(number)"]
            settings.description = "text"
            settings.ignoresStatCache = true
        }.report.id
    }

    /// What two manifests must have in common.
    private func content(_ manifest: Manifest) -> Manifest {
        var content = manifest
        let zero = RandomBits(high: 0, low: 0)
        (content.id, content.session, content.nonce) = (
            SnapshotID(zero), SessionID(zero), Nonce(zero)
        )
        return content
    }

    @Test func `the tree and all fields are the same, under another name`() throws {
        let old = try grow(1)
        let before = try sandbox.manifest(old)
        try sandbox.forget([old])
        let run = try sandbox.undo([String("\(old)".prefix(8))])
        let new = try #require(run.backIDs.first)
        #expect(new != old)
        #expect(run.results.map(\.isCopyLeft) == [false] && run.warnings == [])
        #expect(try sandbox.manifests().map(\.id) == [new])
        let after = try sandbox.manifest(new)
        #expect(content(after) == content(before))
        #expect(after.session != before.session && after.nonce != before.nonce)
        #expect(try sandbox.names(ObjectNames.forgotten) == [])
        // Its session is closed.
        #expect(
            try sandbox.names(ObjectNames.indexes).allSatisfy { ObjectNames.tableID($0) != nil })
        #expect(try sandbox.differences(new) == [])
        let check = try sandbox.check()
        #expect(check.problems == [] && check.notices == [])
    }

    @Test func `a prune keeps what is back, and the next snapshot finds all of it`() throws {
        let old = try grow(1)
        try sandbox.forget([old])
        let new = try #require(try sandbox.undo(["\(old)"]).backIDs.first)
        #expect(try sandbox.prune().deletedPacks == 0)
        #expect(try sandbox.differences(new) == [])
        // Another machine has nothing but the repository to find its parent in.
        let next = try sandbox.snapshotWithoutCache()
        #expect(next.report.newBytes == 0)
        #expect(try sandbox.manifest(next.report.id).parent == new)
        // Forgotten and brought back again, it has a third name.
        try sandbox.forget([new])
        let third = try #require(try sandbox.undo(["\(new)"]).backIDs.first)
        #expect(![old, new].contains(third))
        #expect(try sandbox.differences(third) == [])
    }

    @Test func `several come back at once, each listing is read once, and order does not matter`()
        throws
    {
        let old = try (1...3).map { try grow($0) }
        try sandbox.forget(old)
        let recording = RecordingStore(sandbox.store)
        let words = [2, 0, 1, 0].map { "\(old[$0])" }
        let run = try sandbox.undo(words, through: recording)
        #expect(run.results.map(\.manifest.id) == [old[2], old[0], old[1]])
        #expect(recording.rereads.filter { $0.hasPrefix("packs/") } == [])
        #expect(try sandbox.manifests().map(\.id) == run.backIDs.sorted(by: time))
        #expect(try sandbox.differences(run.backIDs[0]) == [])
        #expect(try sandbox.check().problems == [])
    }

    private func time(_ left: SnapshotID, _ right: SnapshotID) -> Bool {
        let manifests = (try? sandbox.manifests()) ?? []
        func place(_ id: SnapshotID) -> Int { manifests.firstIndex { $0.id == id } ?? -1 }
        return place(left) < place(right)
    }

    @Test func `a dry run says the same and writes nothing`() throws {
        let old = try grow(1)
        try sandbox.forget([old])
        let before = try sandbox.store.list(prefix: "")
        let recording = RecordingStore(sandbox.store)
        let run = try sandbox.undo(["\(old)"], through: recording) { $0.isDryRun = true }
        #expect(run.results.map(\.outcome) == [.possible])
        #expect(try sandbox.store.list(prefix: "") == before)
        #expect(recording.calls.allSatisfy { !$0.operation.changesStore })
    }

    @Test func `words that name no forgotten snapshot, or several, change nothing`() throws {
        let old = try grow(1)
        let kept = try grow(2)
        try sandbox.forget([old])
        // A copy of a snapshot that is not forgotten is none.
        let name = ObjectNames.manifest(kept, time: try sandbox.manifest(kept).time)
        let copy = "forgotten/" + name.dropFirst("snapshots/".count)
        try sandbox.store.put(copy, try sandbox.store.read(name))
        let before = try sandbox.store.list(prefix: "")
        for wrong in ["\(kept)", "latest", "ffffffff", "abc", "", "\(old)0", "../x"] {
            let error = #expect(throws: RepositoryError.self) {
                try sandbox.undo(["\(old)", wrong])
            }
            #expect(error?.code == .noSnapshot, "\(wrong)")
            #expect(error?.remedy.contains("--forgotten") == true)
            #expect(error?.message.contains("forgotten snapshot \"\(wrong)\"") == true)
        }
        #expect(try sandbox.store.list(prefix: "") == before)
        // Two copies whose IDs begin alike.
        var twin = try #require(try sandbox.forgotten().first)
        twin.id = try #require(
            SnapshotID(
                hexadecimal: "\(old)".prefix(8) + String(repeating: "0", count: 24)))
        try sandbox.open().save(twin)
        try sandbox.forget([twin.id])
        let error = #expect(throws: RepositoryError.self) {
            try sandbox.undo([String("\(old)".prefix(8))])
        }
        #expect(error?.cause.contains("2 forgotten snapshots") == true)
    }

    @Test func `what cannot be deleted is told, and is no second snapshot`() throws {
        let old = try grow(1)
        try sandbox.forget([old])
        let faulty = FaultyStore(sandbox.store)
        faulty.set(.init(.delete, call: 1, isPermanent: true, code: .permissionDenied))
        let run = try sandbox.undo(["\(old)"], through: faulty)
        let new = try #require(run.backIDs.first)
        #expect(run.results.map(\.isCopyLeft) == [true])
        #expect(try sandbox.names(ObjectNames.forgotten).count == 1)
        #expect(try sandbox.names(ObjectNames.indexes).contains { $0.contains("closed.") })
        // Whoever tries once more is told the same name.
        #expect(try sandbox.undo(["\(old)"], through: faulty).backIDs == [new])
        #expect(try sandbox.undo(["\(old)"]).backIDs == [new])
        #expect(try sandbox.manifests().map(\.id) == [new])
        #expect(try sandbox.names(ObjectNames.forgotten) == [])
    }
}

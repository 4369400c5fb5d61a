import ChunkStorage
import ObjectStore
import RepositoryFormat
import Restoring
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Another machine prunes while a restore runs.
struct VanishingPackTests {
    private static let reading = ReadSettings(
        requestsInFlight: 2, partInBytes: 100_000, gapInBytes: 0, bytesInFlight: 300_000,
        metadataWindowInBytes: 2_000, planInBytes: 12_000)

    private let sandbox: Sandbox
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 8, averageChunkInBytes: 16 * 1024)
        var tree = TemporaryTree(at: sandbox.source, seed: 8)
        try tree.grow(entries: 15)
        try sandbox.source.appending("large").write(tree.generator.bytes(1_500_000))
        id = try sandbox.snapshot().report.id
    }

    /// A copy of the repository in which everything lies in other packs, and its tables.
    private func repacked() throws -> MemoryStore {
        let other = MemoryStore()
        let store = sandbox.store
        for object in try store.list(prefix: "") {
            other.put(object.key, ObjectBody(try store.get(object.key, .whole).array))
        }
        for key in try sandbox.keys(ObjectNames.packs) + sandbox.keys(ObjectNames.indexes) {
            other.delete([key])
        }
        // Chunk by chunk, so that the packs are others.
        let loader = try store.makeLoader()
        var chunks: [[UInt8]] = []
        for pack in try store.packContents() {
            for chunk in pack.chunks { chunks.append(try loader.load(chunk.id)) }
        }
        var generator = SeededGenerator(seed: 99)
        _ = try saveChunks(chunks, to: other, generator.sessionIdentity())
        return other
    }

    /// Restores while a repository is replaced by another one before a call.
    private func restore(
        _ store: MemoryStore, replacedBy other: MemoryStore, at call: Int,
        keepsManifest: Bool = true
    ) throws -> (run: RestoreRun?, error: RepositoryError?, isLate: Bool) {
        let hooked = HookedStore(store) { number, _ in
            if number == call { Self.replace(store, by: other, keepsManifest: keepsManifest) }
        }
        do {
            let run = try sandbox.restore(id, through: hooked) { $0.reading = Self.reading }
            return (run, nil, hooked.calls < call)
        } catch let error as RepositoryError {
            return (nil, error, false)
        }
    }

    private static func replace(
        _ store: MemoryStore, by other: MemoryStore, keepsManifest: Bool
    ) {
        do {
            let new = other.list(prefix: "").map(\.key)
            for key in new { store.put(key, ObjectBody(try other.get(key, .whole).array)) }
            let gone = store.list(prefix: "").map(\.key).filter { key in
                !new.contains(key)
                    || (!keepsManifest && key.description.hasPrefix(ObjectNames.snapshots))
            }
            store.delete(gone)
        } catch {
            Issue.record("\(error)")
        }
    }

    private func copy() throws -> MemoryStore {
        let copy = MemoryStore()
        for object in try sandbox.store.list(prefix: "") {
            copy.put(object.key, ObjectBody(try sandbox.store.get(object.key, .whole).array))
        }
        return copy
    }

    @Test func `packs that were rewritten are found, at whatever request they vanish`() throws {
        let other = try repacked()
        var call = 1
        while true {
            let outcome = try restore(copy(), replacedBy: other, at: call)
            let run = try #require(outcome.run, "call \(call): \(outcome.error.debugDescription)")
            #expect(run.problems == [], "call \(call)")
            #expect(try compareTrees(sandbox.source, run.target) == [], "call \(call)")
            try run.target.remove()
            if outcome.isLate { break }
            call += 1
        }
        #expect(call > 6)
    }

    @Test func `a snapshot that was forgotten and pruned is told apart from damage`() throws {
        var codes: [Bool: Int] = [:]
        for keepsManifest in [true, false] {
            var call = 3
            while true {
                let outcome = try restore(
                    copy(), replacedBy: emptied(), at: call, keepsManifest: keepsManifest)
                if outcome.isLate { break }
                if let error = outcome.error {
                    #expect(!keepsManifest && error.code == .changed, "call \(call)")
                    codes[keepsManifest, default: 0] += 1
                } else if let run = outcome.run {
                    // The last bytes may have come before.
                    #expect(keepsManifest || run.damaged.isEmpty, "call \(call)")
                    codes[keepsManifest, default: 0] += run.damaged.isEmpty ? 0 : 1
                    try run.target.remove()
                }
                call += 3
            }
        }
        #expect(codes[true, default: 0] > 1 && codes[false, default: 0] > 1)
    }

    /// A copy of the repository without packs and tables.
    private func emptied() throws -> MemoryStore {
        let other = try copy()
        other.delete(try sandbox.keys(ObjectNames.packs) + sandbox.keys(ObjectNames.indexes))
        return other
    }
}

// Checks a repository from the bottom up: index tables, packs, then every snapshot. What is found
// wrong with packs tells which files of which snapshots suffer. Nothing is changed.

import ChunkStorage
import Cryptography
import ObjectStore
package import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Synchronization
package import WorkerThreads

/// Checks one repository.
package struct Checker: Sendable {
    private let repository: Repository
    private let depth: CheckDepth
    private let workerCount: Int
    private let cancellation: Cancellation
    private let event: @Sendable (CheckEvent) -> Void
    private let result = SharedReport()

    private final class SharedReport: Sendable {
        let report = Mutex(CheckReport())
    }

    /// - Parameter event: called from several threads.
    package init(
        repository: Repository, depth: CheckDepth, workerCount: Int = processorCount(),
        cancellation: Cancellation = Cancellation(),
        event: @escaping @Sendable (CheckEvent) -> Void
    ) {
        self.repository = repository
        self.depth = depth
        self.workerCount = workerCount
        self.cancellation = cancellation
        self.event = event
    }

    /// Checks everything.
    /// - Throws: `StoreError` when the store cannot be reached; problems are reported instead.
    package func run() throws -> CheckReport {
        var view = try RepositoryView.list(in: repository.store)
        let acts = try CondemnedPacks.load(&view, in: repository.store)
        let index = ChunkIndex(view.tables, in: repository.store)
        try index.prepare()
        for table in index.damagedTables {
            problem(.index, ObjectNames.table(table.id), table.reason)
        }
        try checkEntries(of: index)
        let damage = DamageMap()
        let condemned = Set(acts.values.map(\.packs).joined())
        try checkPacks(index, damage) { pack in
            condemned.contains(pack) || Self.isSuspect(pack, index, view)
        }
        try checkSnapshots(index, damage, dead: Set(view.dead.keys))
        return result.report.withLock { $0 }
    }

    /// Whether only sessions that were declared dead have listed a pack: it may be gone for good.
    private static func isSuspect(
        _ pack: PackID, _ index: ChunkIndex, _ view: RepositoryView
    ) -> Bool {
        index.tables.allSatisfy { open in
            view.dead[open.table.session] != nil || open.table.packNumber(of: pack) == nil
        }
    }

    /// Looks at every entry of every table, and at the order of the entries.
    private func checkEntries(of index: ChunkIndex) throws {
        for open in index.tables {
            do {
                var last: ChunkID?
                for position in 0..<open.table.chunkCount {
                    let id = try open.table.chunk(position).id
                    if let last, id < last {
                        throw FormatError(.malformed, in: "index table", at: position, "order")
                    }
                    last = id
                }
            } catch {
                problem(.index, open.id.map(ObjectNames.table) ?? "index", "\(error)")
            }
            result.report.withLock { $0.chunks += UInt64(open.table.chunkCount) }
        }
    }

    /// - Parameter mayBeGone: whether a pack that a table lists need not be there.
    private func checkPacks(
        _ index: ChunkIndex, _ damage: DamageMap, mayBeGone: (PackID) -> Bool
    ) throws {
        var sizes: [PackID: UInt64] = [:]
        for object in try repository.store.list(prefix: ObjectNames.packs) {
            if let id = ObjectNames.packID(object.key.description) {
                sizes[id] = object.sizeInBytes
            }
        }
        let listed = listedPacks(index)
        for (pack, size) in listed where sizes[pack] != nil || !mayBeGone(pack) {
            compare(pack, size, with: sizes[pack], damage)
        }
        let unlisted = sizes.keys.count { listed[$0] == nil }
        if unlisted > 0 {
            event(.notice("\(unlisted) packs are in no index table; an interrupted run left them"))
        }
        // When data is read, so are packs that are cut off and packs that no table lists: if the
        // table is lost, files rely on them all the same.
        let chosen = Set(choose(sizes.keys.sorted(), sizes))
        let whole = listed.keys.filter { sizes[$0] == listed[$0] }
        result.report.withLock { report in
            report.packs = UInt64(Set(listed.keys).union(sizes.keys).count)
            report.packsRead = UInt64(chosen.count)
        }
        try check(chosen.union(whole).sorted(), reading: chosen, Set(whole), index, damage)
    }

    private func listedPacks(_ index: ChunkIndex) -> [PackID: UInt64] {
        var listed: [PackID: UInt64] = [:]
        for open in index.tables {
            for number in 0..<open.table.packCount {
                let pack = open.table.pack(number)
                listed[pack.id] = pack.sizeInBytes
            }
        }
        return listed
    }

    private func compare(
        _ pack: PackID, _ expected: UInt64, with found: UInt64?, _ damage: DamageMap
    ) {
        if found == expected { return }
        damage.limit(pack, to: found ?? 0)
        let reason = found.map { "\($0) bytes, expected \(expected)" } ?? "the object is missing"
        problem(.pack, ObjectNames.pack(pack), reason)
    }

    /// The packs whose data is to be read.
    private func choose(_ packs: [PackID], _ sizes: [PackID: UInt64]) -> [PackID] {
        switch depth {
        case .structure: return []
        case .allData: return packs
        case .group(let number, let count):
            // IDs are uniform, so their remainders make groups of about equal size.
            return packs.filter { $0.digest.word0 % UInt64(count) == UInt64(number - 1) }
        case .percent(let percent):
            let count = (Double(packs.count) * percent / 100).rounded(.up)
            return Array(packs.shuffled().prefix(Int(count)))
        case .bytes(let limit):
            var total: UInt64 = 0
            return packs.shuffled().prefix { pack in
                defer { total += sizes[pack] ?? 0 }
                return total < limit
            }
        }
    }

    private func check(
        _ packs: [PackID], reading chosen: Set<PackID>, _ whole: Set<PackID>, _ index: ChunkIndex,
        _ damage: DamageMap
    ) throws {
        let done = Mutex(0)
        let queue = BoundedQueue<PackID>(capacity: max(1, packs.count))
        for pack in packs { queue.push(pack) }
        queue.close()
        try withThreads { threads in
            threads.onFailure { queue.cancel() }
            for _ in 0..<workerCount {
                threads.spawn {
                    let checker = try PackChecker(
                        store: repository.store, index: index, damage: damage, report: problem)
                    while let pack = queue.pop() {
                        try cancellation.check()
                        if chosen.contains(pack) {
                            try checker.checkData(pack, isWhole: whole.contains(pack))
                        } else {
                            try checker.checkTrailer(pack)
                        }
                        let count = done.withLock { done in
                            done += 1
                            return done
                        }
                        event(.progress(packs: count, of: packs.count))
                    }
                }
            }
        }
    }

    private func checkSnapshots(
        _ index: ChunkIndex, _ damage: DamageMap, dead: Set<SessionID>
    ) throws {
        let (manifests, damaged) = try repository.loadManifests()
        for manifest in damaged { problem(.manifest, "\(manifest.key)", manifest.reason) }
        let shared = ChunkLoader.Shared(store: repository.store, index: index)
        let reader = TreeReader(try ChunkLoader(shared))
        let checker = TreeChecker(reader: reader, index: index, damage: damage, report: problem)
        // Nobody was told that these exist, so that they may lack something is no damage.
        let lenient = TreeChecker(reader: reader, index: index, damage: damage) { problem in
            let id = problem.snapshot.map { "\($0)" } ?? ""
            event(.notice("snapshot \(id.prefix(8)) was never completed: \(problem.reason)"))
        }
        for manifest in manifests {
            try cancellation.check()
            try (dead.contains(manifest.session) ? lenient : checker).check(manifest)
            result.report.withLock { $0.snapshots += 1 }
        }
    }

    private func problem(_ kind: CheckProblem.Kind, _ subject: String, _ reason: String) {
        problem(CheckProblem(kind: kind, subject: subject, snapshot: nil, reason: reason))
    }

    @Sendable private func problem(_ problem: CheckProblem) {
        result.report.withLock { $0.errors += 1 }
        event(.problem(problem))
    }
}

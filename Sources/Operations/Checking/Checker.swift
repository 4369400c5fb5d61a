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

    /// Checks everything, while others may snapshot, forget and prune.
    /// - Throws: `StoreError` when the store cannot be reached; problems are reported instead.
    package func run() throws -> CheckReport {
        // An act of condemning that cannot be read stops everybody who writes.
        var view = try RepositoryView.list(in: repository.store)
        _ = try CondemnedPacks.load(&view, in: repository.store)
        let index = try repository.openIndex()
        for table in index.damagedTables {
            problem(.index, ObjectNames.table(table.id), table.reason)
        }
        try checkEntries(of: index)
        let damage = DamageMap()
        try checkPacks(index, damage)
        try checkSnapshots(try refuteMissing(index, damage), damage)
        return result.report.withLock { $0 }
    }

    /// Reports the packs that are missing, but for those that need not be there any more: a prune
    /// may have deleted them since the tables were listed.
    /// - Returns: where everything has to be by now.
    private func refuteMissing(_ index: ChunkIndex, _ damage: DamageMap) throws -> ChunkIndex {
        let missing = damage.missing.filter { !Self.mayBeGone($0, index) }
        if missing.isEmpty { return index }
        let later = try repository.openIndex()
        for pack in missing.sorted() where !Self.mayBeGone(pack, later) {
            problem(.pack, ObjectNames.pack(pack), "the object is missing")
        }
        return later
    }

    /// Whether a pack need not be there: somebody has condemned it, or no table lists it but those
    /// of sessions that were declared dead.
    private static func mayBeGone(_ pack: PackID, _ index: ChunkIndex) -> Bool {
        if index.condemnedPacks.contains(pack) { return true }
        let (listed, dead) = (index.listedTables, index.deadSessions)
        return index.tables.allSatisfy { open in
            let isGone = open.id.map { !listed.contains($0) } ?? false
            return isGone || dead.contains(open.table.session)
                || open.table.packNumber(of: pack) == nil
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

    private func checkPacks(_ index: ChunkIndex, _ damage: DamageMap) throws {
        var sizes: [PackID: UInt64] = [:]
        for object in try repository.store.list(prefix: ObjectNames.packs) {
            if let id = ObjectNames.packID(object.key.description) {
                sizes[id] = object.sizeInBytes
            }
        }
        let listed = listedPacks(index)
        for (pack, size) in listed { compare(pack, size, with: sizes[pack], damage) }
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
        guard let found else { return damage.miss(pack) }
        damage.limit(pack, to: found)
        problem(.pack, ObjectNames.pack(pack), "\(found) bytes, expected \(expected)")
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

    private func checkSnapshots(_ index: ChunkIndex, _ damage: DamageMap) throws {
        let (manifests, damaged) = try repository.loadManifests()
        for manifest in damaged { problem(.manifest, "\(manifest.key)", manifest.reason) }
        var checker = try TreeChecker(repository, index, damage)
        for manifest in manifests {
            try cancellation.check()
            var problems = try checker.check(manifest)
            var attempts = 1
            // When the tables have changed, what it needs may be elsewhere by now.
            while !problems.isEmpty, attempts < Self.attempts, try hasChanged(checker.index) {
                checker = try TreeChecker(repository, repository.openIndex(), damage)
                problems = try checker.check(manifest)
                attempts += 1
            }
            result.report.withLock { $0.snapshots += 1 }
            if !problems.isEmpty { try report(problems, of: manifest, checker.index) }
        }
    }

    /// How often a snapshot is checked anew because others have changed the tables.
    private static let attempts = 10

    private func hasChanged(_ index: ChunkIndex) throws -> Bool {
        try Set(repository.listTables().map(\.id)) != index.listedTables
    }

    private func report(
        _ problems: [CheckProblem], of manifest: Manifest, _ index: ChunkIndex
    ) throws {
        let name = "\(manifest.id)".prefix(8)
        guard try repository.has(manifest) else {
            event(.notice("snapshot \(name) was removed while it was checked"))
            return
        }
        guard index.deadSessions.contains(manifest.session) else {
            for found in problems { problem(found) }
            return
        }
        // Nobody was told that it exists, so that it may lack something is no damage.
        for found in problems {
            event(.notice("snapshot \(name) was never completed: \(found.reason)"))
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

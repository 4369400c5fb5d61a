// One look at everything that decides what may be deleted (Specs/concurrency.md): manifests first,
// then tables and marks, then packs, then the tables once more. A look during which the tables
// changed is worth nothing, for marks and tables would not fit together.

import ChunkMarking
import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// A pack as a LIST has shown it.
struct SeenPack {
    let sizeInBytes: UInt64
    let modified: StoreTime?
}

/// What a pruner has seen.
struct RepositoryLook {
    let view: RepositoryView
    let condemned: [CondemnationID: CondemnedPacks]
    let index: ChunkIndex
    let packs: [PackID: SeenPack]
    /// Every pack that somebody has condemned.
    let condemnedPacks: Set<PackID>

    init(
        _ view: RepositoryView, _ condemned: [CondemnationID: CondemnedPacks],
        _ index: ChunkIndex, _ packs: [PackID: SeenPack]
    ) {
        self.view = view
        self.condemned = condemned
        self.index = index
        self.packs = packs
        condemnedPacks = Set(condemned.values.map(\.packs).joined())
    }

    /// What becomes of a pack, as far as copies of what it holds are concerned.
    var standing: @Sendable (PackID) -> PackStanding {
        let (there, condemned) = (Set(packs.keys), condemnedPacks)
        return { pack in
            if !there.contains(pack) { return .isGone }
            return condemned.contains(pack) ? .goes : .stays
        }
    }
}

/// Looks at a repository, again and again, and marks what is needed; for one thread.
final class RepositoryLooker {
    /// How often the tables may change during a look before the run gives up.
    private static let attempts = 10

    private let repository: Repository
    private let settings: PruneSettings
    private(set) var roots: PruneRoots
    private(set) var marker: Marker?
    private var tableWriters: Set<SessionID> = []

    /// The sessions that have written a table or a manifest that any look has shown. Whoever of
    /// them is dead must be known to be, for as long as somebody might rely on what he has written.
    var writers: Set<SessionID> { tableWriters.union(roots.manifests.map(\.session)) }

    /// Whether a look has made sure that it saw all manifests.
    var hasLookedAtAll: Bool { !roots.ownSentinels.isEmpty }

    /// Looks at all manifests.
    /// - Parameter now: by the store's clock.
    /// - Returns: the writers, as above.
    func lookForWriters(now: StoreTime?) throws -> Set<SessionID> {
        _ = try roots.lookAtAll(now: now)
        return writers
    }

    /// - Parameter session: the pruner's; `nil` for one that only plans.
    init(_ repository: Repository, _ settings: PruneSettings, session: SessionID?) {
        self.repository = repository
        self.settings = settings
        roots = PruneRoots(
            repository, graceInSeconds: settings.graceInSeconds, session: session)
    }

    /// The marks of the last look.
    var marks: ChunkMarks {
        guard let marker else { preconditionFailure("nothing was looked at yet") }
        return marker.marks
    }

    /// The first look, for a plan: any choice of packs is safe, so a LIST of the tables will do
    /// that came before, and LISTs of manifests that need not be complete. When something seems to
    /// be missing, another look tells whether it is.
    /// - Parameter now: by the store's clock.
    func first(
        _ view: RepositoryView, _ condemned: [CondemnationID: CondemnedPacks], now: StoreTime?
    ) throws -> RepositoryLook {
        let new = try roots.look(now: now)
        let index = try open(view)
        try mark(new, index)
        let look = RepositoryLook(view, condemned, index, try listPacks())
        let selection = try CopySelection(marks, standing: look.standing)
        return try isComplete(selection) ? look : again(now: now).look
    }

    /// Whether everything that is needed seems to be there.
    private func isComplete(_ selection: CopySelection) throws -> Bool {
        let report = try marker?.mark([]) ?? MarkReport()
        return report.isComplete && selection.lostCount == 0
    }

    /// A look that deletions may rest on.
    /// - Returns: what was seen, and what has to be copied out of packs that are condemned.
    /// - Throws: `RepositoryError` `.damaged`; `.changed`, also when this pruner was declared dead
    ///   meanwhile, for others may have deleted what it has copied; `StoreError`.
    func again(now: StoreTime?) throws -> (look: RepositoryLook, selection: CopySelection) {
        for _ in 0..<Self.attempts {
            let new = try roots.lookAtAll(now: now)
            var view = try RepositoryView.list(in: repository.store)
            let condemned = try CondemnedPacks.load(&view, in: repository.store)
            let index = try open(view)
            try mark(new, index)
            let packs = try listPacks()
            let after = try RepositoryView.list(in: repository.store)
            if let session = roots.session, after.hasEnded(session) {
                throw PruneRefusal.unrest()
            }
            guard Set(after.tables.map(\.id)) == Set(view.tables.map(\.id)) else { continue }
            let look = RepositoryLook(view, condemned, index, packs)
            let selection = try CopySelection(marks, standing: look.standing)
            try refuseDamage(look, selection)
            return (look, selection)
        }
        throw PruneRefusal.unrest()
    }

    private func open(_ view: RepositoryView) throws -> ChunkIndex {
        let index = ChunkIndex(view.tables, in: repository.store)
        try index.prepare()
        if let table = index.damagedTables.first {
            throw PruneRefusal.damage(ObjectNames.table(table.id), table.reason)
        }
        tableWriters.formUnion(index.tables.map(\.table.session))
        return index
    }

    private func mark(_ new: [Manifest], _ index: ChunkIndex) throws {
        if let marker, marker.extend(to: index) {
            _ = try marker.mark(new)
            return
        }
        let marker = Marker(store: repository.store, index: index, settings.marking)
        _ = try marker.mark(roots.manifests)
        self.marker = marker
    }

    /// The packs that are there: LIST of `packs/`.
    func listPacks() throws -> [PackID: SeenPack] {
        var packs: [PackID: SeenPack] = [:]
        for object in try repository.store.list(prefix: ObjectNames.packs) {
            if let id = ObjectNames.packID(object.key.description) {
                packs[id] = SeenPack(sizeInBytes: object.sizeInBytes, modified: object.modified)
            }
        }
        return packs
    }

    /// Looks whether everything that is needed is there.
    ///
    /// Manifests of dead sessions were never told to anybody, and copies of forgotten ones may have
    /// been written after others had collected what they need: those keep what there is. A manifest
    /// that is gone now was forgotten meanwhile, and others have collected what it needed.
    private func refuseDamage(_ look: RepositoryLook, _ selection: CopySelection) throws {
        if try isComplete(selection) { return }
        let finder = try ProblemFinder(
            store: repository.store, index: look.index, settings.marking,
            isLost: { selection.isLost($0) },
            report: { problem in throw Found(problem: problem) })
        for manifest in roots.manifests
        where !roots.forgotten.contains(manifest.id) && look.view.dead[manifest.session] == nil {
            do {
                try finder.search([manifest])
            } catch let found as Found {
                if try repository.has(manifest) { throw Self.damage(found.problem) }
            }
        }
    }

    /// Ends a search: no error of the layers below, so that none of them takes it for one.
    private struct Found: Error {
        let problem: PruneProblem
    }

    private static func damage(_ problem: PruneProblem) -> RepositoryError {
        let path = DisplayText.escape(problem.path)
        let subject = "/\(path) of snapshot \("\(problem.snapshot)".prefix(8))"
        switch problem.kind {
        case .missing(let chunk):
            return PruneRefusal.damage(subject, "chunk \(chunk) is in no pack that is there")
        case .unreadable(let reason): return PruneRefusal.damage(subject, reason)
        }
    }
}

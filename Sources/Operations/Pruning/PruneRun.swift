// The steps of a prune under its session. Each packs' way to deletion is an act of condemning, its
// own or one that an earlier prune has left.

import ChunkMarking
import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import WorkerThreads

/// Carries a prune out; for one thread.
final class PruneRun {
    /// How often a look may be overtaken by others before the run gives up.
    private static let attempts = 10

    private let repository: Repository
    private let settings: PruneSettings
    private let session: Session
    private let makeRandomBits: @Sendable () -> RandomBits
    private let now: @Sendable () -> Timestamp
    private let report: @Sendable (PruneEvent) -> Void
    private let looker: RepositoryLooker
    private let seals: SealBoard
    private var result = PruneReport()
    private var storeTime: StoreTime?
    /// The last view that was taken after the manifests were listed.
    private var latest: RepositoryView?
    private var deletedInBytes: UInt64 = 0
    private var plan = PrunePlan()
    /// The acts of which nothing is left but marks.
    private var settled: Set<CondemnationID> = []
    /// The packs of copies, with their sizes.
    private var written: [PackID: UInt64] = [:]

    private var store: any ObjectStore { repository.store }

    init(
        repository: Repository, settings: PruneSettings, session: Session,
        makeRandomBits: @escaping @Sendable () -> RandomBits,
        now: @escaping @Sendable () -> Timestamp, report: @escaping @Sendable (PruneEvent) -> Void
    ) {
        self.repository = repository
        self.settings = settings
        self.session = session
        self.makeRandomBits = makeRandomBits
        self.now = now
        self.report = report
        looker = RepositoryLooker(repository, settings, session: session.id)
        seals = SealBoard(repository.store, own: session.id)
        storeTime = session.answered
    }

    private func listView() throws -> RepositoryView {
        let view = try RepositoryView.list(in: store)
        latest = view
        return view
    }

    func run() throws -> PruneReport {
        do {
            return try carryOut()
        } catch {
            // What is left of them a later prune removes.
            let sentinels = looker.roots.ownSentinels
            if !sentinels.isEmpty { try? store.delete(sentinels) }
            throw error
        }
    }

    private func carryOut() throws -> PruneReport {
        let ended = try endLapsed()
        report(.step("reading listings"))
        let look = try looker.first(session.view, session.condemned, now: storeTime)
        plan = try PruneChoice(looker, look, settings, ended: ended).plan
        result.estimate = plan.estimate
        let acts = try condemn(look, again: settle(look))
        let ready = acts.isEmpty && settled.count == session.condemned.count ? [] : try seal(acts)
        if !ready.isEmpty { try collect(ready) }
        try tidy()
        finishReport(look)
        return result
    }

    /// Declares the sessions dead whose lease is over: they hold up nobody any longer.
    /// - Returns: those that the view shows as open and that count no more, with the run's own.
    private func endLapsed() throws -> Set<SessionID> {
        let view = session.view
        let left = try seals.end(
            view.openSessions, view, now: storeTime, sparing: .withoutLease)
        let alive = Set(left.map(\.marker))
        return Set(
            view.openSessions.filter { id in
                view.sessions[id].map { !alive.contains($0.marker) } ?? true
            })
    }

    // MARK: Condemning

    /// Copies what the victims hold, so that sessions which begin later find it, and condemns them.
    /// - Parameter gone: packs that were condemned, are gone, and are named by a table again.
    private func condemn(_ look: RepositoryLook, again gone: [PackID]) throws -> [Condemnation] {
        let victims = Set(plan.victims)
        if victims.isEmpty, gone.isEmpty { return [] }
        // Packs that are deleted as they are have nothing that others do not have too.
        if !plan.repacks.isEmpty { try copyVictims(victims, look) }
        let acts = Condemnation.acts(Array(victims.union(gone)), session: session.id) {
            CondemnationID(makeRandomBits())
        }
        for act in acts {
            try checkLease()
            storeTime = try act.write(to: store) ?? storeTime
        }
        return acts
    }

    private func copyVictims(_ victims: Set<PackID>, _ look: RepositoryLook) throws {
        report(.step("copying what \(plan.repacks.count) packs hold"))
        let standing = look.standing
        let selection = try CopySelection(looker.marks) { pack in
            let standing = standing(pack)
            // What is condemned already is looked after later.
            return victims.contains(pack) ? .goes : standing == .goes ? .isGone : standing
        }
        do {
            try copy(selection, look)
        } catch let error as RepositoryError where error.code == .damaged {
            // Another pruner may have been faster with one of the packs.
            let there = try looker.listPacks()
            if look.packs.keys.contains(where: { there[$0] == nil }) { throw PruneRefusal.unrest() }
            throw error
        }
    }

    private func copy(_ selection: CopySelection, _ look: RepositoryLook) throws {
        if selection.count == 0 { return }
        let copied = try withThreads { threads in
            let saver = ChunkSaver(
                store: store, index: look.index, sessions: session.identity,
                compression: settings.compression, uploads: settings.uploads, adopted: [],
                threads: threads)
            let copier = ChunkCopier(
                store: store, index: look.index, marks: looker.marks, settings.marking)
            let copied = try copier.copy(
                selection, manifests: looker.roots.manifests, to: saver)
            guard try saver.finish(merging: false) else { throw Interrupted() }
            return copied
        }
        result.copiedInBytes += copied.plainInBytes
        // The saver has published what it wrote in the look's index.
        for open in look.index.tables where open.table.session == session.id {
            for number in 0..<open.table.packCount {
                let pack = open.table.pack(number)
                written[pack.id] = pack.sizeInBytes
            }
        }
    }

    /// The acts that earlier prunes have left and nobody has finished meanwhile, but those whose
    /// pruner is still at them.
    private func pending(_ view: RepositoryView, _ alive: Set<ProtocolMarker>) -> [Condemnation] {
        session.condemned.compactMap { id, act in
            guard view.condemned.contains(id), !view.swept.contains(id), !settled.contains(id)
            else { return nil }
            if let owner = view.sessions[act.session], alive.contains(owner.marker) { return nil }
            return Condemnation(id: id, packs: act.packs, session: act.session)
        }
    }

    /// A pruner that finds its lease over sends nothing more.
    private func checkLease() throws {
        guard session.age < .over else {
            throw RepositoryError(
                .changed, "the prune has taken too long", cause: "its session has lapsed",
                remedy: "run it again: it goes on where this one ended")
        }
    }

    // MARK: Waiting

    /// Takes up what earlier prunes have left, and notes which sessions each act waits for.
    ///
    /// Sessions without a lease may be declared dead at any time, and are only here: two prunes
    /// that did it as they begin would end one another for ever. Whoever comes here first goes on.
    /// - Returns: the acts that wait for nobody any more.
    private func seal(_ own: [Condemnation]) throws -> [Condemnation] {
        let view = try listView()
        if view.hasEnded(session.id) { throw PruneRefusal.unrest() }
        let open = view.openSessions
        let alive = Set(try seals.end(open, view, now: storeTime).map(\.marker))
        let acts = own + pending(view, alive)
        var ready: [Condemnation] = []
        var waiting: Set<ProtocolMarker> = []
        var waited: [OpenSession] = []
        for act in acts {
            let sealed: [SessionID]
            if view.sealed.contains(act.id) {
                let noted = try Condemnation.sessions(of: .sealed(act.id), view, in: store)
                guard let noted else { continue }
                sealed = noted
            } else {
                sealed = open
                let time = try Condemnation.note(
                    open, as: .sealed(act.id), by: session.id, in: store)
                storeTime = time ?? storeTime
            }
            let left = sealed.compactMap { view.sessions[$0] }.filter {
                alive.contains($0.marker)
            }
            if left.isEmpty {
                ready.append(act)
                continue
            }
            result.waitingPacks += act.packs.count
            waited += left.filter { waiting.insert($0.marker).inserted }
        }
        result.waitsFor = seals.describe(waited, view, now: storeTime)
        return ready
    }

    // MARK: Collecting

    /// Deletes what was condemned, after another look.
    private func collect(_ acts: [Condemnation]) throws {
        var rounds = 0
        while true {
            rounds += 1
            guard rounds <= Self.attempts else { throw PruneRefusal.unrest() }
            report(.step("looking again"))
            let (look, selection) = try looker.again(now: storeTime)
            do {
                try copy(selection, look)
            } catch let error as RepositoryError where error.code == .damaged {
                // Another pruner was faster, unless it happens every time.
                if rounds == Self.attempts { throw error }
                continue
            }
            try checkLease()
            let clean = try delete(acts, look)
            if try finish(acts, clean) { return }
        }
    }

    /// - Returns: tables that name none of the packs.
    private func delete(_ acts: [Condemnation], _ look: RepositoryLook) throws -> Set<TableID> {
        let doomed = Set(acts.map(\.packs).joined())
        let there = doomed.filter { look.packs[$0] != nil }.sorted()
        report(.step("deleting \(there.count) packs"))
        if !there.isEmpty {
            let unused = Set(plan.deletes)
            let repacked = Set(plan.repacks)
            let journal = PruneJournal(
                time: now(), session: session.id, nonce: session.identity.makeNonce())
            try journal.write(
                there.map { pack in
                    (
                        pack,
                        unused.contains(pack)
                            ? .unused : repacked.contains(pack) ? .repacked : .earlier
                    )
                }, to: store)
        }
        let (old, new) = try TableRewriter(store, session.identity, written: Set(written.keys))
            .rewrite(look, without: doomed)
        try store.delete(there.map { ObjectKey(ObjectNames.pack($0)) })
        result.deletedPacks += there.count
        deletedInBytes += there.reduce(0) { $0 + (look.packs[$1]?.sizeInBytes ?? 0) }
        return Set(look.index.tables.compactMap(\.id)).subtracting(old).union(new)
    }

    // MARK: Removing the marks

    /// Notes which sessions may have seen a table that names the packs, now that none does.
    /// - Parameter clean: tables of which it is known that they name none, for a table never
    ///   changes.
    /// - Returns: `false` when a table names one of the packs again.
    private func finish(_ acts: [Condemnation], _ clean: Set<TableID>) throws -> Bool {
        let doomed = Set(acts.map(\.packs).joined())
        let tables = try RepositoryView.list(in: store).tables
        guard try !isNamed(doomed, tables.filter { !clean.contains($0.id) }) else { return false }
        let view = try listView()
        for act in acts {
            let time = try Condemnation.note(
                view.openSessions, as: .swept(act.id), by: session.id, in: store)
            storeTime = time ?? storeTime
        }
        return true
    }

    /// Finds the acts of which nothing is left, and whose marks nobody needs any more: every
    /// session has ended that may have seen a table which names their packs.
    /// - Returns: packs that are to be condemned once more: a table names them again, or a session
    ///   of the second seal was declared dead, so that others may have seen a late table of it.
    private func settle(_ look: RepositoryLook) throws -> [PackID] {
        var again: [PackID] = []
        for (id, act) in session.condemned where look.view.swept.contains(id) {
            guard
                let sessions = try Condemnation.sessions(
                    of: .swept(id), look.view, in: store),
                try seals.end(sessions, look.view, now: storeTime, sparing: .withoutLease)
                    .isEmpty
            else { continue }
            let haveClosed = sessions.allSatisfy { session in
                look.view.dead[session] == nil
                    && (look.view.sessions[session] == nil
                        || look.view.closed.contains(session))
            }
            if !haveClosed || Self.isNamed(Set(act.packs), look.index) { again += act.packs }
            settled.insert(id)
        }
        return again
    }

    /// Whether a table names one of these packs, be it one of a dead session: somebody may have
    /// seen the table before the session was dead.
    private func isNamed(_ packs: Set<PackID>, _ tables: [ListedTable]) throws -> Bool {
        if tables.isEmpty { return false }
        let index = ChunkIndex(tables, in: store)
        try index.prepare()
        return Self.isNamed(packs, index)
    }

    private static func isNamed(_ packs: Set<PackID>, _ index: ChunkIndex) -> Bool {
        index.tables.contains { open in
            packs.contains { open.table.packNumber(of: $0) != nil }
        }
    }

    // MARK: Tidying

    /// Removes what has served: copies of forgotten manifests, sessions that have ended, sentinels,
    /// old notes and journals.
    private func tidy() throws {
        let old = try oldDeaths()
        var view = latest ?? session.view
        // Whether the owner of a sentinel lives, only a view tells that is younger than it.
        if latest == nil, !looker.roots.sentinels.isEmpty { view = try listView() }
        var keys = looker.roots.expired
        result.expiredSnapshots = keys.count
        keys += looker.roots.ownSentinels
        for id in settled {
            let markers = [ProtocolMarker.condemned(id), .sealed(id), .swept(id)]
            keys += markers.map { ObjectKey($0.name) }
        }
        for (id, open) in view.sessions where view.hasEnded(id) && id != session.id {
            keys.append(ObjectKey(open.marker.name))
        }
        // A marker that outlives its session by one prune: the session must be gone before.
        for id in view.closed where view.sessions[id] == nil {
            keys.append(ObjectKey(ProtocolMarker.closed(id).name))
        }
        for (key, id) in looker.roots.sentinels where view.hasEnded(id) { keys.append(key) }
        keys += old.map { ObjectKey(ProtocolMarker.dead($0).name) }
        for object in try store.list(prefix: ObjectNames.prunes) where isOld(object.modified) {
            keys.append(object.key)
        }
        if !keys.isEmpty { try store.delete(keys) }
    }

    /// The sessions of which nobody needs to know any more that they are dead: nothing is left of
    /// what they wrote.
    private func oldDeaths() throws -> Set<SessionID> {
        let dead = (latest ?? session.view).dead
        let old = Set(dead.filter { isOld($0.value) }.keys).subtracting(looker.writers)
        if old.isEmpty || looker.hasLookedAtAll { return old }
        latest = nil
        return old.subtracting(try looker.lookForWriters(now: storeTime))
    }

    private func isOld(_ time: StoreTime?) -> Bool {
        guard let time, let storeTime else { return false }
        return storeTime.seconds - time.seconds > PruneJournal.ageInSeconds
    }

    private func finishReport(_ look: RepositoryLook) {
        result.repackedInBytes = plan.estimate.repackedInBytes
        let before = look.packs.values.reduce(0) { $0 + $1.sizeInBytes }
        let after = before + written.values.reduce(0, +)
        result.keptInBytes = after - min(after, deletedInBytes)
        result.freedInBytes = before - min(before, result.keptInBytes)
        result.forgottenSnapshots = looker.roots.forgotten.count
    }
}

// A session announces that a writer relies on what it sees, before it looks: whoever prunes waits
// for it, or declares it dead and lets nobody rely on what it writes (Specs/concurrency.md).

package import ChunkStorage
import Cryptography
package import ObjectStore
import RepositoryFormat
package import SnapshotModel

/// An open session with its view. Immutable, so that any thread may use it.
package struct Session: Sendable {
    /// Its ID, and where the nonces of what it writes come from.
    package let identity: SessionIdentity
    /// What was there when it began.
    package let view: RepositoryView
    /// What nothing may rely on, of what the view shows.
    package let distrust: Distrust
    /// What each act of the view condemns.
    package let condemned: [CondemnationID: CondemnedPacks]

    /// When a LIST has shown the view, on the clock of `uptimeInSeconds`.
    let listed: UInt64
    /// This run's part in a session that stands; `nil` when the session is this run's alone.
    private(set) var run: StandingSession.Run?

    private let store: any ObjectStore
    private let lease: UInt32
    private let trustsStoreClock: Bool
    private let uptimeInSeconds: @Sendable () -> UInt64
    /// On the clock of `uptimeInSeconds`, before the session was sent.
    private let begin: UInt64
    /// The store's clock in the answer to the session's PUT.
    package let answered: StoreTime?
    /// When the session was opened, by the store's clock.
    package let modified: StoreTime?

    /// Opens a session: PUT, LIST, and a GET for each act of condemning that no cache has.
    /// - Parameter purpose: what it is for: `snapshot`, `prune`, ...
    /// - Throws: `StoreError`; `RepositoryError` `.damaged`, `.changed`.
    package static func open(
        in repository: Repository, _ environment: SessionEnvironment, purpose: String
    ) throws -> Session {
        let id = SessionID(environment.makeRandomBits())
        let record = SessionRecord(
            id: id, host: environment.host, process: environment.process, tool: environment.tool,
            purpose: purpose)
        let lease = min(environment.leaseInSeconds, ProtocolMarker.longestLeaseInSeconds)
        let begin = environment.uptimeInSeconds()
        let store = repository.store
        let answered = try store.put(
            ObjectKey(ProtocolMarker.session(id, leaseInSeconds: lease).name),
            ObjectBody(DocumentCodec.encode(record, hash: SHA256.digest)))
        var view = try RepositoryView.list(in: store)
        guard view.sessions[id] != nil || view.dead[id] != nil else {
            // What else it leaves out could be deleted while this session relies on it.
            throw StoreError(
                .inputOutput, .list, ObjectNames.indexes,
                cause: "the listing is not complete: it lacks what was written just before",
                remedy: "run varve doctor, and ask who runs the store")
        }
        let listed = environment.uptimeInSeconds()
        let condemned = try CondemnedPacks.load(&view, in: store)
        return Session(
            id: id, lease: lease, begin: begin, listed: listed, view: view, condemned: condemned,
            answered: answered, in: store, environment)
    }

    private init(
        id: SessionID, lease: UInt32, begin: UInt64, listed: UInt64, view: RepositoryView,
        condemned: [CondemnationID: CondemnedPacks], answered: StoreTime?,
        in store: any ObjectStore, _ environment: SessionEnvironment
    ) {
        identity = SessionIdentity(
            id: id, makeNonce: { Nonce(environment.makeRandomBits()) })
        self.view = view
        self.condemned = condemned
        distrust = Distrust(
            condemned: Set(condemned.values.map(\.packs).joined()), dead: Set(view.dead.keys))
        self.store = store
        self.lease = lease
        trustsStoreClock = environment.trustsStoreClock
        uptimeInSeconds = environment.uptimeInSeconds
        self.begin = begin
        self.listed = listed
        self.answered = answered
        modified = view.sessions[id]?.modified
    }

    // MARK: Sessions that outlive a run

    /// Joins the session that an earlier run has left open: no request, but a GET for each act of
    /// condemning that no cache has.
    /// - Returns: `nil` when there is none that is young enough to be used.
    static func join(
        _ standing: StandingSession, in repository: Repository, _ environment: SessionEnvironment
    ) throws -> Session? {
        let uptime = environment.uptimeInSeconds()
        let joined = standing.join(uptime: uptime) { note in
            note.leaseInSeconds == environment.leaseInSeconds && note.begin <= uptime
                && uptime - note.begin < UInt64(note.leaseInSeconds) / 2
        }
        guard let (note, run) = joined else { return nil }
        var view = RepositoryView(note.objects)
        // Should another LIST be needed, it comes after the session's begin, as the first one.
        let condemned = try CondemnedPacks.load(&view, in: repository.store)
        guard view.sessions[note.id] != nil, view.dead[note.id] == nil else {
            // Not closed: somebody has seen to that already.
            _ = standing.leave(run) { _ in nil }
            return nil
        }
        var session = Session(
            id: note.id, lease: note.leaseInSeconds, begin: note.begin, listed: note.listed,
            view: view, condemned: condemned, answered: nil, in: repository.store, environment)
        session.run = run
        return session
    }

    /// Lets the session stand for later runs of this machine. The one that stood so far is closed,
    /// unless another run is at work under it.
    mutating func stand(in standing: StandingSession) {
        // A lease of 0 can be over at any moment.
        guard lease > 0 else { return }
        let note = SessionNote(
            id: id, leaseInSeconds: lease, begin: begin, listed: listed, objects: view.objects)
        guard let (run, idle) = standing.stand(note, uptime: uptimeInSeconds()) else { return }
        self.run = run
        if let idle { Self.close(idle, in: store) }
    }

    /// Ends the run's part in a session that stands, for everything that was sent under it was
    /// answered.
    /// - Parameter changes: what the run has seen and done; `nil` when the session is not to stand
    ///   any longer.
    func leave(_ standing: StandingSession, _ changes: ViewChanges?) {
        guard let run else { preconditionFailure("the session is this run's alone") }
        let isLast = standing.leave(run) { note in
            guard let changes else { return nil }
            var new = note
            new.take(changes, since: view.objects)
            return new
        }
        // Nobody waits for it longer than its lease.
        if isLast { try? close() }
    }

    /// Closes the session that stands for runs of this machine, unless one is at work under it: who
    /// prunes need not wait for it then.
    package static func closeStanding(
        in store: any ObjectStore, _ environment: SessionEnvironment
    ) {
        if let note = environment.standing?.takeAway() { close(note, in: store) }
    }

    private static func close(_ note: SessionNote, in store: any ObjectStore) {
        // Nobody waits for it longer than its lease.
        try? close(note.marker, note.id, in: store)
    }

    /// The session's ID.
    package var id: SessionID { identity.id }

    private var marker: ProtocolMarker { .session(id, leaseInSeconds: lease) }

    /// What the session has seen of the index.
    var indexView: ChunkIndex.View {
        ChunkIndex.View(tables: view.tables, distrust: distrust)
    }

    /// Whether the view was taken so long ago that a run should not begin with it: it lacks what
    /// others have written since, and a repository that somebody has removed looks as if it were
    /// there.
    var isViewOld: Bool { uptimeInSeconds() - listed >= Self.viewAgeInSeconds }

    private static let viewAgeInSeconds: UInt64 = 10 * 60

    /// Looks once more: LIST, and a GET for each act of condemning that no cache has.
    /// - Throws: `RepositoryError` `.changed` when the session has ended; as `open`.
    func lookAgain() throws -> (seen: RepositoryView, view: ChunkIndex.View) {
        var seen = try RepositoryView.list(in: store)
        let condemned = try CondemnedPacks.load(&seen, in: store)
        guard seen.sessions[id] != nil, seen.dead[id] == nil else { throw Self.lapsed }
        let view = ChunkIndex.View(
            tables: seen.tables,
            distrust: Distrust(
                condemned: Set(condemned.values.map(\.packs).joined())
                    .union(distrust.condemned), dead: Set(seen.dead.keys).union(distrust.dead)))
        return (seen, view)
    }

    /// Why a run must begin anew that has slept for too long.
    static let lapsed = RepositoryError(
        .changed, "the run must begin anew", cause: "its session has lapsed",
        remedy: "run it again")

    /// How much of the lease is over, by this machine's own clock.
    package enum Age: Comparable, Sendable {
        /// Less than half: nothing can have happened to it.
        case young
        /// Half or more: time for another one.
        case old
        /// All of it: nothing may be sent under it any more.
        case over
    }

    /// How old the session is. A lease of 0 never gets old: it is looked after by `commits`.
    package var age: Age {
        guard lease > 0 else { return .young }
        let seconds = uptimeInSeconds() - begin
        return seconds < UInt64(lease) / 2 ? .young : seconds < UInt64(lease) ? .old : .over
    }

    /// The test after a manifest was written: whether it stands. Nobody can have declared the
    /// session dead within half of its lease; after that one LIST tells.
    /// - Parameter answered: the store's clock in its answer to the manifest's PUT.
    package func commits(answered: StoreTime?) throws(StoreError) -> Bool {
        if trustsStoreClock, lease > 0, let answered, let modified {
            let seconds = answered.seconds - modified.seconds
            // A time that cannot be true tells nothing.
            if seconds >= 0, seconds < Int64(lease) / 2 { return true }
        }
        let view = try RepositoryView.list(in: store)
        return view.sessions[id] != nil && view.dead[id] == nil
    }

    /// Ends the session, for everything that was sent under it was answered. Where objects may not
    /// be deleted, a marker tells that it is closed.
    package func close() throws(StoreError) { try Self.close(marker, id, in: store) }

    private static func close(
        _ marker: ProtocolMarker, _ id: SessionID, in store: any ObjectStore
    ) throws(StoreError) {
        do {
            try store.delete([ObjectKey(marker.name)])
        } catch {
            guard error.code == .permissionDenied else { throw error }
            try store.put(ObjectKey(ProtocolMarker.closed(id).name), ObjectBody([]))
        }
    }
}

// The sessions of one run. Most runs have one; a run that takes longer than half of a lease opens
// another one while the first lives, and goes on under it. Where runs of a machine share a session,
// the first one opens it and the last one leaves it open (Specs/concurrency.md).

package import ChunkStorage
package import ObjectStore
import SnapshotModel
import WorkerThreads

/// Opens sessions when they are needed, keeps one of them young, and closes them.
package final class SessionChain: SessionSource {
    private struct State {
        var current: Session?
        /// How many bodies run under the current session.
        var users = 0
        /// How many run under each of the older ones.
        var retired: [(session: Session, users: Int)] = []
        /// Whether a thread is at it to open another one.
        var isRolling = false
        /// What the last LIST under the current session has shown, if not its view.
        var latest: (objects: [ListedObject], listed: UInt64)?
        /// Whether the current session has turned out to have ended.
        var isLost = false
    }

    private let repository: Repository
    private let environment: SessionEnvironment
    private let purpose: String
    private let meter: TrafficMeter
    private let index = Monitor<ChunkIndex?>(nil)
    private let state = Monitor(State())
    private let unanswered: UInt64

    /// Sessions of one run; none is opened yet.
    /// - Parameter meter: counts the requests of the repository's store.
    package init(
        _ repository: Repository, _ environment: SessionEnvironment, purpose: String,
        meter: TrafficMeter
    ) {
        self.repository = repository
        self.environment = environment
        self.purpose = purpose
        self.meter = meter
        unanswered = meter.traffic.unanswered
    }

    /// The session of this moment; the first one is opened if need be.
    /// - Throws: `StoreError`; `RepositoryError` `.damaged`, `.changed`.
    package func open() throws -> Session {
        if let session = state.read({ $0.current }) { return session }
        let session = try joined() ?? opened()
        state.update { $0.current = session }
        return session
    }

    private func joined() throws -> Session? {
        guard let standing = environment.standing else { return nil }
        return try Session.join(standing, in: repository, environment)
    }

    /// An index that sees what the first session sees, and what later ones distrust.
    package func makeIndex() -> ChunkIndex {
        let isFirst = Monitor(true)
        let index = ChunkIndex(
            view: { [self] in
                let session = try open()
                let usesFirst = isFirst.update { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                let isGood = usesFirst && !session.isViewOld
                return try isGood ? session.indexView : lookAgain(session)
            }, in: repository.store)
        self.index.update { $0 = index }
        return index
    }

    private func lookAgain(_ session: Session) throws -> ChunkIndex.View {
        do {
            let (seen, view) = try session.lookAgain()
            let listed = environment.uptimeInSeconds()
            state.update { state in
                if state.current?.id == session.id { state.latest = (seen.objects, listed) }
            }
            return view
        } catch let error as RepositoryError where error.code == .changed {
            state.update { $0.isLost = true }
            throw error
        }
    }

    private func opened() throws -> Session {
        var session = try Session.open(in: repository, environment, purpose: purpose)
        if let standing = environment.standing { session.stand(in: standing) }
        return session
    }

    /// Runs `body` under the session of this moment; it stays open until `body` returns.
    /// - Throws: what `body` throws; as `open` and `keepYoung`.
    package func withSession<Result>(
        _ body: (SessionIdentity) throws -> Result
    ) throws -> Result {
        _ = try open()
        try keepYoung()
        let session = state.update { state -> Session in
            guard let session = state.current else { preconditionFailure("a session is open") }
            state.users += 1
            return session
        }
        defer { leave(session) }
        return try body(session.identity)
    }

    private func leave(_ session: Session) {
        state.update { state in
            if state.current?.id == session.id {
                state.users -= 1
            } else if let place = state.retired.firstIndex(where: { $0.session.id == session.id }) {
                state.retired[place].users -= 1
            }
        }
    }

    /// Opens another session when half of the lease is over. To be called several times an hour by
    /// a run that may write nothing for long.
    /// - Throws: `RepositoryError` `.changed` when the lease is over, as after a long sleep, or
    ///   when the run relies on what others have condemned since: then it begins anew.
    package func keepYoung() throws {
        let old = state.update { state -> Session? in
            guard let session = state.current, !state.isRolling, session.age > .young else {
                return nil
            }
            state.isRolling = true
            return session
        }
        guard let old else { return }
        defer { state.update { $0.isRolling = false } }
        guard old.age < .over else {
            state.update { $0.isLost = true }
            throw Session.lapsed
        }
        let new = try opened()
        let stands = try index.read { $0 }?.distrust(new.distrust) ?? true
        state.update { state in
            state.retired.append((old, state.users))
            (state.current, state.users, state.latest) = (new, 0, nil)
        }
        guard stands else {
            throw RepositoryError(
                .changed, "the run must begin anew",
                cause: "others have condemned what it relies on", remedy: "run it again")
        }
        try closeRetired()
    }

    /// Whether a manifest that was written under the current session stands.
    /// - Parameter answered: the store's clock in the answer to its PUT.
    package func commits(answered: StoreTime?) throws -> Bool {
        let stands = try open().commits(answered: answered)
        if !stands { state.update { $0.isLost = true } }
        return stands
    }

    /// Whether every request was answered, so that sessions may be closed.
    private var mayClose: Bool { meter.traffic.unanswered == unanswered }

    private func closeRetired() throws {
        let idle = state.update { state -> [Session] in
            let idle = state.retired.filter { $0.users == 0 }.map(\.session)
            state.retired.removeAll { $0.users == 0 }
            return idle
        }
        for session in idle where mayClose {
            if session.run == nil { try session.close() } else { leave(session, ViewChanges()) }
        }
    }

    /// Ends this run's part in a session that stands.
    private func leave(_ session: Session, _ changes: ViewChanges?) {
        guard let standing = environment.standing else { return }
        session.leave(standing, changes)
    }

    /// What a session that goes on standing is to know of this run; `nil` when it has ended.
    private func viewChanges(_ state: State) -> ViewChanges? {
        if state.isLost { return nil }
        var changes = ViewChanges()
        if let (objects, listed) = state.latest {
            (changes.listing, changes.listed) = (objects, listed)
        }
        if let index = index.read({ $0 }) {
            changes.published = index.publishedTables
            changes.merged = index.mergedTables
        }
        return changes
    }

    /// Closes all sessions, when nobody runs under them any more; one that stands stays open for
    /// later runs. One that had a request without an answer is left to lapse, and so is one that
    /// cannot be closed: that harms nobody.
    package func close() {
        let (sessions, changes) = state.update { state -> ([Session], ViewChanges?) in
            let changes = viewChanges(state)
            defer { (state.current, state.retired) = (nil, []) }
            return (state.retired.map(\.session) + (state.current.map { [$0] } ?? []), changes)
        }
        // The index looks through this chain: neither would ever go while each holds the other.
        index.update { $0 = nil }
        for session in sessions where mayClose {
            // Nobody waits for it longer than its lease.
            if session.run == nil { try? session.close() } else { leave(session, changes) }
        }
    }
}

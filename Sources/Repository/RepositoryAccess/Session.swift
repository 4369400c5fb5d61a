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
        let condemned = try CondemnedPacks.load(&view, in: store)
        return Session(
            identity: SessionIdentity(
                id: id, makeNonce: { Nonce(environment.makeRandomBits()) }),
            view: view,
            distrust: Distrust(
                condemned: Set(condemned.values.map(\.packs).joined()), dead: Set(view.dead.keys)),
            condemned: condemned, store: store, lease: lease,
            trustsStoreClock: environment.trustsStoreClock,
            uptimeInSeconds: environment.uptimeInSeconds, begin: begin,
            answered: answered,
            modified: view.sessions[id]?.modified)
    }

    /// The session's ID.
    package var id: SessionID { identity.id }

    private var marker: ProtocolMarker { .session(id, leaseInSeconds: lease) }

    /// What the session has seen of the index.
    var indexView: ChunkIndex.View {
        ChunkIndex.View(tables: view.tables, distrust: distrust)
    }

    /// Looks once more: LIST, and a GET for each act of condemning that no cache has.
    func lookAgain() throws -> ChunkIndex.View {
        var view = try RepositoryView.list(in: store)
        let condemned = try CondemnedPacks.load(&view, in: store)
        return ChunkIndex.View(
            tables: view.tables,
            distrust: Distrust(
                condemned: Set(condemned.values.map(\.packs).joined())
                    .union(distrust.condemned), dead: Set(view.dead.keys).union(distrust.dead)))
    }

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
    package func close() throws(StoreError) {
        do {
            try store.delete([ObjectKey(marker.name)])
        } catch {
            guard error.code == .permissionDenied else { throw error }
            try store.put(ObjectKey(ProtocolMarker.closed(id).name), ObjectBody([]))
        }
    }
}

import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

// Waits for nobody: tells whether the sessions of a seal have ended, and declares those dead whose
// lease is over (Specs/concurrency.md).

/// What a pruner knows of the sessions of others.
struct SealBoard {
    private let store: any ObjectStore
    /// The pruner's own session, for which it need not wait.
    private let own: SessionID

    init(_ store: any ObjectStore, own: SessionID) {
        self.store = store
        self.own = own
    }

    /// Sessions that are left alone although they may be declared dead.
    enum Spared {
        case none
        /// Those of lease 0.
        case withoutLease
    }

    /// Declares the sessions dead that may be declared dead.
    /// - Parameters:
    ///   - view: later than the seal.
    ///   - now: the store's clock, no later than the view; `nil` where it tells no times.
    /// - Returns: those of the sessions that are still open, in the given order.
    func end(
        _ sessions: [SessionID], _ view: RepositoryView, now: StoreTime?, sparing: Spared = .none
    ) throws(StoreError) -> [OpenSession] {
        var left: [OpenSession] = []
        for id in sessions where id != own && !view.hasEnded(id) {
            guard let session = view.sessions[id] else { continue }
            let isSpared = sparing == .withoutLease && session.leaseInSeconds == 0
            guard !isSpared, let reason = reasonForDeath(of: session, now) else {
                left.append(session)
                continue
            }
            let record = DeathRecord(session: id, declaredBy: own, reason: reason)
            try store.put(
                ObjectKey(ProtocolMarker.dead(id).name),
                ObjectBody(DocumentCodec.encode(record, hash: SHA256.digest)))
        }
        return left
    }

    private func reasonForDeath(of session: OpenSession, _ now: StoreTime?) -> String? {
        if session.leaseInSeconds == 0 { return "its lease is 0: it looks after itself" }
        guard let now, let modified = session.modified else { return nil }
        let age = now.seconds - modified.seconds
        guard age > Int64(session.leaseInSeconds) else { return nil }
        return "it was opened \(age) seconds ago, its lease is \(session.leaseInSeconds) seconds"
    }

    /// Tells people whom a deletion waits for.
    func describe(
        _ sessions: [OpenSession], _ view: RepositoryView, now: StoreTime?
    ) -> [WaitedSession] {
        sessions.map { session in
            let left = now.flatMap { now in
                session.modified.map {
                    max(0, $0.seconds + Int64(session.leaseInSeconds) - now.seconds)
                }
            }
            return WaitedSession(owner: owner(of: session, view), secondsLeft: left)
        }
    }

    private func owner(of session: OpenSession, _ view: RepositoryView) -> String {
        let unknown = String(session.marker.name.dropFirst(ObjectNames.indexes.count))
        do {
            try view.checkSize(of: session.marker)
            let record = try store.load(ObjectKey(session.marker.name)) {
                try DocumentCodec.decodeSession($0.bytes, hash: SHA256.digest)
            }
            return "\(record.purpose) on \(record.host), process \(record.process)"
        } catch {
            // It may have closed since; its name is all that is left to say.
            return unknown
        }
    }
}

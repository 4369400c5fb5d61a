import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// An act of condemning packs, as far as it has got.
struct Condemnation {
    let id: CondemnationID
    let packs: [PackID]
    /// The session of the pruner that has condemned them.
    let session: SessionID

    /// The acts that condemn packs: one, unless there are more than one may name.
    static func acts(
        _ packs: [PackID], session: SessionID, mostPacks: Int = FormatLimits.condemnedPacks,
        makeID: () -> CondemnationID
    ) -> [Condemnation] {
        let packs = packs.sorted()
        return stride(from: 0, to: packs.count, by: mostPacks).map { start in
            let end = min(packs.count, start + mostPacks)
            return Condemnation(id: makeID(), packs: Array(packs[start..<end]), session: session)
        }
    }

    /// Writes the act: from now on the packs are dead.
    /// - Returns: the store's clock in the answer.
    func write(to store: any ObjectStore) throws(StoreError) -> StoreTime? {
        let bytes = MarkerList.encode(packs: packs, session: session, hash: SHA256.digest)
        return try store.put(ObjectKey(ProtocolMarker.condemned(id).name), ObjectBody(bytes))
    }

    /// Notes sessions that have to end before something is done.
    static func note(
        _ sessions: [SessionID], as marker: ProtocolMarker, by session: SessionID,
        in store: any ObjectStore
    ) throws -> StoreTime? {
        guard sessions.count <= FormatLimits.notedSessions else {
            throw RepositoryError(
                .changed, "too many sessions are open", cause: "\(sessions.count) of them",
                remedy: "run the prune again when most of them have ended")
        }
        let bytes = MarkerList.encode(sessions: sessions, session: session, hash: SHA256.digest)
        return try store.put(ObjectKey(marker.name), ObjectBody(bytes))
    }

    /// Reads the sessions that a seal names.
    /// - Parameter view: shows how large it is.
    /// - Returns: `nil` when the seal is gone: another pruner is done with the act.
    static func sessions(
        of marker: ProtocolMarker, _ view: RepositoryView, in store: any ObjectStore
    ) throws -> [SessionID]? {
        try view.checkSize(of: marker)
        let key = ObjectKey(marker.name)
        do {
            return try store.load(key) {
                try MarkerList.decodeSessions($0.bytes, hash: SHA256.digest).sessions
            }
        } catch let error as StoreError where error.code == .notFound {
            return nil
        } catch let error as FormatError {
            throw PruneRefusal.damage("\(key)", "\(error)")
        }
    }
}

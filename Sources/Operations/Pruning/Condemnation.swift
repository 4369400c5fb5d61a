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
    ) throws(StoreError) -> StoreTime? {
        let bytes = MarkerList.encode(sessions: sessions, session: session, hash: SHA256.digest)
        return try store.put(ObjectKey(marker.name), ObjectBody(bytes))
    }

    /// Reads the sessions that a seal names.
    /// - Returns: `nil` when the seal is gone: another pruner is done with the act.
    static func sessions(
        of marker: ProtocolMarker, in store: any ObjectStore
    ) throws -> [SessionID]? {
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

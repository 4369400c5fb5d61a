import ChunkStorage
import Cryptography
package import ObjectStore
import RepositoryFormat
package import SnapshotModel
import WorkerThreads

/// What one act has condemned.
package struct CondemnedPacks: Hashable, Sendable {
    /// The packs, ascending.
    package let packs: [PackID]
    /// The session of the pruner that has condemned them.
    package let session: SessionID

    /// How often acts may be finished by others while they are read, before that is an error.
    private static let attempts = 10
    /// How many are read at once.
    private static let threads = 8

    /// The packs that the acts of a view condemn.
    ///
    /// An act that is gone was finished since, which a view taken later shows; so another view is
    /// taken then.
    /// - Parameter view: is replaced by the view that goes with the result.
    /// - Returns: for each act what it condemns.
    /// - Throws: `StoreError`; `RepositoryError` `.damaged`.
    package static func load(
        _ view: inout RepositoryView, in store: any ObjectStore
    ) throws -> [CondemnationID: CondemnedPacks] {
        for _ in 0..<attempts {
            let ids = view.condemned.sorted()
            let seen = view
            let acts = try mapInParallel(ids, threadCount: threads) { id in
                try load(id, seen, in: store)
            }
            let found = zip(ids, acts).compactMap { id, act in act.map { (id, $0) } }
            if found.count == ids.count { return Dictionary(uniqueKeysWithValues: found) }
            view = try RepositoryView.list(in: store)
        }
        throw RepositoryError(
            .changed, "cannot see which packs are condemned in \(store.location)",
            cause: "other machines go on finishing what is listed", remedy: "try again")
    }

    /// The packs that the acts of a view condemn, as far as that can be told: for readers, whom
    /// nothing of it keeps from reading.
    static func readable(
        _ view: RepositoryView, in store: any ObjectStore
    ) throws -> Set<PackID> {
        let acts = try mapInParallel(view.condemned.sorted(), threadCount: threads) {
            id -> CondemnedPacks? in
            do {
                return try load(id, view, in: store)
            } catch is RepositoryError {
                return nil
            }
        }
        return Set(acts.compactMap { $0?.packs }.joined())
    }

    /// - Returns: `nil` when the act is gone.
    private static func load(
        _ id: CondemnationID, _ view: RepositoryView, in store: any ObjectStore
    ) throws -> CondemnedPacks? {
        let key = ObjectKey(ProtocolMarker.condemned(id).name)
        try view.checkSize(of: .condemned(id))
        do {
            return try store.load(key) {
                let (packs, session) = try MarkerList.decodePacks($0.bytes, hash: SHA256.digest)
                return CondemnedPacks(packs: packs, session: session)
            }
        } catch let error as StoreError where error.code == .notFound {
            return nil
        } catch let error as FormatError {
            // Not knowing what is condemned, nothing could be relied on.
            throw Repository.documentError(error, key, in: store)
        }
    }
}

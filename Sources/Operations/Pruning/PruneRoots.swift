// The manifests that decide what is needed: those of snapshots, and those of forgotten ones whose
// grace is not over. Read again after each wait; manifests never change, so each is read once.

import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// Knows the manifests that were seen so far.
struct PruneRoots {
    private let repository: Repository
    private let graceInSeconds: Int64
    /// The pruner's session; `nil` for one that only plans, and writes no sentinels.
    let session: SessionID?
    private var seen: Set<SnapshotID> = []

    /// All manifests that count, those that have gone since included: what was found to be needed
    /// stays right.
    private(set) var manifests: [Manifest] = []
    /// Those of them that are forgotten: what they lack is no damage, for whoever forgets a
    /// snapshot may write its copy after others have pruned it.
    private(set) var forgotten: Set<SnapshotID> = []
    /// Copies whose grace is over.
    private(set) var expired: [ObjectKey] = []
    /// Sentinels that others have left, with their sessions.
    private(set) var sentinels: [(key: ObjectKey, session: SessionID)] = []

    init(_ repository: Repository, graceInSeconds: Int64, session: SessionID?) {
        self.repository = repository
        self.graceInSeconds = graceInSeconds
        self.session = session
    }

    private static let prefixes = [ObjectNames.snapshots, ObjectNames.forgotten]

    /// Objects behind all manifests, which each listing must show from when they are written on, or
    /// it is not complete; empty before that.
    private(set) var ownSentinels: [ObjectKey] = []

    private mutating func writeSentinels() throws(StoreError) {
        guard let session, ownSentinels.isEmpty else { return }
        // Known before they are there: a PUT without an answer may have had its effect.
        ownSentinels = Self.prefixes.map { ObjectKey(ObjectNames.sentinel(session, in: $0)) }
        for key in ownSentinels { try repository.store.put(key, ObjectBody([])) }
    }

    /// Lists a folder of manifests.
    /// - Throws: `.inputOutput` when the listing lacks its sentinel.
    private mutating func list(_ prefix: String) throws -> [ListedObject] {
        let objects = try repository.store.list(prefix: prefix)
        var isComplete = ownSentinels.isEmpty
        for object in objects {
            let name = object.key.description
            guard let owner = ObjectNames.sentinelSession(name, in: prefix) else { continue }
            if owner == session { isComplete = true } else { sentinels.append((object.key, owner)) }
        }
        guard isComplete else {
            // Whoever has declared this session dead removes what it has left.
            if let session, try RepositoryView.list(in: repository.store).hasEnded(session) {
                throw PruneRefusal.unrest()
            }
            throw StoreError(
                .inputOutput, .list, prefix,
                cause: "the listing is not complete: it lacks what was written just before",
                remedy: "run varve doctor, and ask who runs the store")
        }
        return objects
    }

    /// Looks at the manifests, as `look` does, and makes sure that none is left out: one that is
    /// would lose what it needs. Sends two PUTs more, the first time.
    /// - Throws: `StoreError` `.inputOutput` when a listing is not complete; as `look`.
    mutating func lookAtAll(now: StoreTime?) throws -> [Manifest] {
        try writeSentinels()
        return try look(now: now)
    }

    /// Looks at the manifests: LIST of `snapshots/`, then of `forgotten/`, for forgetting copies
    /// before it deletes; and a GET for each that was not seen before.
    /// - Parameter now: by the store's clock; `nil` where it tells no times. Then copies count as
    ///   young unless there is no grace.
    /// - Returns: the manifests that are new.
    /// - Throws: `RepositoryError` `.damaged`: a manifest that cannot be read might need anything.
    mutating func look(now: StoreTime?) throws -> [Manifest] {
        sentinels = []
        let present = try list(ObjectNames.snapshots)
        let copies = try list(ObjectNames.forgotten)
        // A listing that left it out may have made one look forgotten.
        forgotten.subtract(present.compactMap { ObjectNames.snapshotID($0.key.description) })
        var keys: [ObjectKey] = []
        for object in present {
            if let id = ObjectNames.snapshotID(object.key.description), !seen.contains(id) {
                keys.append(object.key)
            }
        }
        let known = Set(keys.compactMap { ObjectNames.snapshotID($0.description) })
        expired = []
        var late: Set<SnapshotID> = []
        for object in copies {
            guard let id = ObjectNames.forgottenID(object.key.description) else { continue }
            if isOver(object.modified, now) {
                expired.append(object.key)
            } else if !seen.contains(id), !known.contains(id) {
                keys.append(object.key)
                late.insert(id)
            }
        }
        var new = try load(keys)
        // What was forgotten between LIST and GET has left a copy before it went.
        let found = Set(new.map(\.id))
        let moved = keys.compactMap { key -> ObjectKey? in
            guard let id = ObjectNames.snapshotID(key.description), !found.contains(id) else {
                return nil
            }
            let name = key.description.dropFirst(ObjectNames.snapshots.count)
            return ObjectKey(ObjectNames.forgotten + name)
        }
        let copied = try load(moved)
        late.formUnion(copied.map(\.id))
        new += copied
        seen.formUnion(new.map(\.id))
        forgotten.formUnion(late)
        manifests += new
        return new
    }

    private func load(_ keys: [ObjectKey]) throws -> [Manifest] {
        let (manifests, damaged) = try repository.loadManifests(keys)
        if let first = damaged.first {
            throw PruneRefusal.damage("\(first.key)", first.reason)
        }
        return manifests
    }

    private func isOver(_ modified: StoreTime?, _ now: StoreTime?) -> Bool {
        if graceInSeconds == 0 { return true }
        guard let modified, let now else { return false }
        return now.seconds - modified.seconds > graceInSeconds
    }
}

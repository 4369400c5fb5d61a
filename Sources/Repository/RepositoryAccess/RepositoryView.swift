// What one LIST of `indexes/` shows: tables, and the markers of everybody who writes or prunes
// (Specs/concurrency.md). A view grows old and is never wrong: marks only ever go one way.

package import ChunkStorage
package import ObjectStore
package import RepositoryFormat
package import SnapshotModel

/// A session as its marker shows it.
package struct OpenSession: Hashable, Sendable {
    /// Its marker.
    package let marker: ProtocolMarker
    /// For how long it may not be declared dead, from `modified` on.
    package let leaseInSeconds: UInt32
    /// When it was opened, by the store's clock; `nil` where the store does not tell.
    package let modified: StoreTime?
}

/// The tables and markers of a repository at one moment.
package struct RepositoryView: Sendable {
    /// What the LIST has shown, foreign objects included.
    let objects: [ListedObject]
    /// The index tables.
    package private(set) var tables: [ListedTable] = []
    /// Sessions whose objects are there, closed and dead ones included.
    package private(set) var sessions: [SessionID: OpenSession] = [:]
    /// Sessions that owners without the right to delete have closed.
    package private(set) var closed: Set<SessionID> = []
    /// Sessions that were declared dead, each with the time of that.
    package private(set) var dead: [SessionID: StoreTime?] = [:]
    /// Acts of condemning packs that are not done with.
    package private(set) var condemned: Set<CondemnationID> = []
    /// Those of which the seal was noted.
    package private(set) var sealed: Set<CondemnationID> = []
    /// Those of which the second seal was noted.
    package private(set) var swept: Set<CondemnationID> = []

    /// How large the objects of markers are that hold something.
    private var sizesInBytes: [ProtocolMarker: UInt64] = [:]

    /// Sorts what a LIST of `indexes/` has shown; foreign objects are passed over.
    package init(_ objects: [ListedObject]) {
        self.objects = objects
        for object in objects {
            let name = object.key.description
            if let id = ObjectNames.tableID(name) {
                tables.append(ListedTable(id: id, sizeInBytes: object.sizeInBytes))
            } else if let marker = ProtocolMarker(name: name) {
                add(marker, object)
            }
        }
    }

    private mutating func add(_ marker: ProtocolMarker, _ object: ListedObject) {
        if object.sizeInBytes > 0 { sizesInBytes[marker] = object.sizeInBytes }
        switch marker {
        case .session(let id, let lease):
            sessions[id] = OpenSession(
                marker: marker, leaseInSeconds: lease, modified: object.modified)
        case .closed(let id): closed.insert(id)
        case .dead(let id): dead.updateValue(object.modified, forKey: id)
        case .condemned(let id): condemned.insert(id)
        case .sealed(let id): sealed.insert(id)
        case .swept(let id): swept.insert(id)
        }
    }

    /// Takes a view: one LIST.
    package static func list(in store: any ObjectStore) throws(StoreError) -> RepositoryView {
        RepositoryView(try store.list(prefix: ObjectNames.indexes))
    }

    /// Makes sure that a marker is no larger than any that is written, before it is read into
    /// memory. One that the view does not show passes: whoever writes it keeps to the limit.
    /// - Throws: `RepositoryError` `.damaged`.
    package func checkSize(of marker: ProtocolMarker) throws {
        let size = sizesInBytes[marker] ?? 0
        guard size <= UInt64(FormatLimits.markerInBytes) else {
            throw RepositoryError(
                .damaged, "\(marker.name) is damaged",
                cause: "\(size) bytes, no more than \(FormatLimits.markerInBytes) are allowed",
                remedy: "find out who has written it")
        }
    }

    /// Whether a session relies on nothing any more: its object is gone, it was closed, or it was
    /// declared dead.
    package func hasEnded(_ session: SessionID) -> Bool {
        sessions[session] == nil || closed.contains(session) || dead[session] != nil
    }

    /// The sessions that have not ended, ascending.
    package var openSessions: [SessionID] { sessions.keys.filter { !hasEnded($0) }.sorted() }
}

/// Which bytes of an object to read.
package enum ObjectRange: Hashable, Sendable {
    /// All.
    case whole
    /// `length` bytes from `offset`, fewer where the object ends.
    case from(offset: UInt64, length: Int)
    /// The last `length` bytes, fewer of a smaller object.
    case last(length: Int)
}

/// A moment by the clock of a store, which need not be that of this machine.
package struct StoreTime: Hashable, Comparable, Sendable {
    /// Whole seconds since 1970: dates of HTTP tell no more.
    package let seconds: Int64

    /// A moment.
    package init(seconds: Int64) { self.seconds = seconds }

    package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}

/// An object as a listing shows it.
package struct ListedObject: Hashable, Sendable {
    /// Its name.
    package let key: ObjectKey
    /// Its size.
    package let sizeInBytes: UInt64
    /// When it was written; `nil` where the store does not tell.
    package let modified: StoreTime?

    /// An object.
    package init(key: ObjectKey, sizeInBytes: UInt64, modified: StoreTime? = nil) {
        self.key = key
        self.sizeInBytes = sizeInBytes
        self.modified = modified
    }
}

/// Keeps immutable objects under names (Specs/store-contract.md).
///
/// All calls block, may come from any number of threads at once, and are atomic for one key: a
/// reader sees a whole object or none. When `put` returns the object is durable, and every later
/// `get` and `list` of anybody shows it.
package protocol ObjectStore: Sendable {
    /// Where the store is, for messages: a path or a URL without secrets.
    var location: String { get }

    /// Writes an object; one of the same name is replaced.
    /// - Returns: the store's clock when the object was written or later; `nil` where the store
    ///   does not tell.
    /// - Throws: `.permissionDenied`, `.noSpace`, `.readOnly`, `.inputOutput`; then the object may
    ///   be there whole or not at all.
    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime?

    /// Reads an object or a part of it.
    /// - Throws: `.notFound`, `.invalidRange` (an offset at or behind the end),
    ///   `.permissionDenied`, `.inputOutput`.
    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes

    /// Reads a range with one request, and hands its parts over, each once, as soon as it is there.
    /// Where the object ends too early, parts are left out at the end.
    /// - Throws: as `get`; some parts may have been handed over before. `.interrupted` when the
    ///   receiver does not want them any more.
    func get(
        _ key: ObjectKey, _ range: PartedRange, to receiver: any PartReceiver)
        throws(StoreError)

    /// Reads a whole object for random access; stores on a file system map it.
    func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes

    /// Writes an object whose bytes are needed again at once.
    /// - Returns: its bytes for random access, without another request; stores on a file system
    ///   map them.
    func putAndMap(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> ObjectBytes

    /// The size of an object in bytes.
    /// - Throws: `.notFound`, `.permissionDenied`, `.inputOutput`.
    func head(_ key: ObjectKey) throws(StoreError) -> UInt64

    /// All objects whose names begin with `prefix`, which ends with `/` or is empty.
    /// - Returns: ascending by name; empty when there are none. Names that no `ObjectKey` can
    ///   have are left out.
    func list(prefix: String) throws(StoreError) -> [ListedObject]

    /// As `list(prefix:)`, but only what stands behind a name: one request where that is little.
    func list(prefix: String, after key: ObjectKey) throws(StoreError) -> [ListedObject]

    /// Deletes objects; those that are not there count as deleted.
    func delete(_ keys: [ObjectKey]) throws(StoreError)

    /// The same objects, for whoever reads the listings of folders: a cache keeps the parts of
    /// packs that are read through it.
    var listings: any ObjectStore { get }

    /// Says that what was read of an object is wrong, so that a cache lets go of its copies.
    /// - Returns: whether there were copies; then reading again may help.
    func distrust(_ key: ObjectKey) -> Bool
}

extension ObjectStore {
    package func get(
        _ key: ObjectKey, _ range: PartedRange, to receiver: any PartReceiver
    ) throws(StoreError) {
        // Before anything is read: all of it comes at once, and needs memory.
        if range.parts.isEmpty { return }
        var isWanted = receiver.waitForRoom(for: 0)
        if isWanted {
            let bytes = try get(key, .from(offset: range.offset, length: range.length))
            isWanted = range.deliver(bytes, to: receiver)
        }
        guard isWanted else {
            throw StoreError(.interrupted, .get, "\(key)", cause: "nobody needs it any more")
        }
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes { try get(key, .whole) }

    package func putAndMap(
        _ key: ObjectKey, _ body: ObjectBody
    ) throws(StoreError) -> ObjectBytes {
        try put(key, body)
        return ObjectBytes(copying: body)
    }

    package func list(
        prefix: String, after key: ObjectKey
    ) throws(StoreError) -> [ListedObject] {
        try list(prefix: prefix).filter { $0.key > key }
    }

    package var listings: any ObjectStore { self }

    package func distrust(_ key: ObjectKey) -> Bool { false }
}

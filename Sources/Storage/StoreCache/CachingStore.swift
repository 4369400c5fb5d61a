// Keeps on the local disk what never changes in a store on the network, so that a machine which
// uses a repository often reads almost nothing: Specs/decisions/0014-cache-what-never-changes.md.
// What is kept are copies that were verified. They may vanish, be damaged, or be written by several
// processes at any time, and the worst that comes of it is a request.
//
// Read next: CachedObject (what is kept), CacheFolder (how), CacheTree (all repositories together).

import FileHandles
package import ObjectStore
import RepositoryFormat
import Synchronization

/// A store in front of another one, which keeps copies of index tables, names of condemned packs,
/// manifests, the description and, through `listings`, of parts of packs.
package final class CachingStore: ObjectStore {
    /// How much the caches of all repositories may take, unless the user says otherwise.
    package static let usualLimitInBytes: UInt64 = 1024 * 1024 * 1024
    /// Larger entries are not kept: a block of the largest chunk, and a document, are smaller.
    static let largestEntryInBytes = 32 * 1024 * 1024

    /// What this run knows of the repository's description.
    private enum Description {
        /// Nobody has asked for it.
        case unread
        /// It came from the cache, and nothing has proven yet that it still holds.
        case unproven(ObjectBytes)
        /// The store has told it, or proven it.
        case proven
    }

    private struct State {
        var description = Description.unread
        var writtenSinceTrim: UInt64 = 0
    }

    private let store: any ObjectStore
    private let stores: LocalFolder
    private let folder: CacheFolder
    private let limitInBytes: UInt64
    private let state = Mutex(State())

    /// Keeps copies of what is in `store`.
    /// - Parameters:
    ///   - cacheDirectory: the cache directory, absolute; it need not exist.
    ///   - limitInBytes: what the caches of all repositories may take; 0 keeps nothing.
    ///   - place: tells this repository from others; the store's location unless given.
    package init(
        _ store: any ObjectStore, cacheDirectory: [UInt8],
        limitInBytes: UInt64 = CachingStore.usualLimitInBytes, place: String? = nil
    ) {
        self.store = store
        self.limitInBytes = limitInBytes
        stores = CacheTree.stores(cacheDirectory)
        folder = CacheFolder(in: stores, place: place ?? store.location)
    }

    package var location: String { store.location }

    package var listings: any ObjectStore { ListingCache(self) }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        guard let object = CachedObject(key) else { return try store.put(key, body) }
        let time = try put(object, key, body)
        keep(object, ObjectBytes(copying: body))
        return time
    }

    package func putAndMap(
        _ key: ObjectKey, _ body: ObjectBody
    ) throws(StoreError) -> ObjectBytes {
        guard let object = CachedObject(key) else { return try store.putAndMap(key, body) }
        try put(object, key, body)
        let bytes = ObjectBytes(copying: body)
        keep(object, bytes)
        return folder.load(object) ?? bytes
    }

    @discardableResult
    private func put(
        _ object: CachedObject, _ key: ObjectKey, _ body: ObjectBody
    ) throws(StoreError) -> StoreTime? {
        do {
            return try store.put(key, body)
        } catch {
            // Nobody knows whether the object is there now.
            folder.remove(object)
            throw error
        }
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        guard range == .whole, let object = CachedObject(key) else {
            return try store.get(key, range)
        }
        return try read(object, key)
    }

    /// Data of packs is not kept.
    package func get(
        _ key: ObjectKey, _ range: PartedRange, to receiver: any PartReceiver
    ) throws(StoreError) {
        try store.get(key, range, to: receiver)
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        guard let object = CachedObject(key) else { return try store.map(key) }
        return try read(object, key)
    }

    private func read(_ object: CachedObject, _ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        let isDescription = object == .description
        if let bytes = folder.load(object) {
            if isDescription { state.withLock { $0.description = .unproven(bytes) } }
            return bytes
        }
        let bytes = object.kind == .indexes ? try store.map(key) : try store.get(key, .whole)
        if isDescription { state.withLock { $0.description = .proven } }
        guard keep(object, bytes) else { return bytes }
        // A mapped table takes no memory that the system could not take back.
        return object.kind == .indexes ? folder.load(object) ?? bytes : bytes
    }

    /// Reads a part of a pack, and keeps it.
    fileprivate func part(
        _ object: CachedObject, of key: ObjectKey, _ range: ObjectRange
    ) throws(StoreError) -> ObjectBytes {
        if let bytes = folder.load(object) { return bytes }
        let bytes = try store.get(key, range)
        if case .from(_, let length) = range, bytes.count == length { keep(object, bytes) }
        return bytes
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        let kind: CacheKind
        switch prefix {
        case ObjectNames.indexes: kind = .indexes
        case ObjectNames.snapshots: kind = .manifests
        default: return try store.list(prefix: prefix)
        }
        // Looked up before the request: what comes later need not be in its answer.
        let kept = folder.names(kind).filter { name in
            ObjectKey(listed: prefix + name).flatMap { CachedObject($0) } != nil
        }
        let condemned = kind == .indexes ? folder.names(.condemned) : []
        let listed = try store.list(prefix: prefix)
        let names = Set(listed.map { String($0.key.description.dropFirst(prefix.count)) })
        let gone = Set(kept).subtracting(names)
        if gone.count == kept.count { try prove(prefix, by: names) }
        if !gone.isEmpty { folder.remove(kind, where: gone.contains) }
        let done = Set(condemned).subtracting(names)
        if !done.isEmpty { folder.remove(.condemned, where: done.contains) }
        return listed
    }

    /// Asks the store: a part of a listing says nothing of what else the cache has.
    package func list(
        prefix: String, after key: ObjectKey
    ) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix, after: key)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        defer {
            // Also when it fails: some of them may be gone.
            for object in keys.compactMap({ CachedObject($0) }) { folder.remove(object) }
            removeParts(of: keys)
        }
        try store.delete(keys)
    }

    package func distrust(_ key: ObjectKey) -> Bool {
        if let object = CachedObject(key) { folder.remove(object) }
        let hadParts = removeParts(of: [key])
        return store.distrust(key) || hadParts
    }

    /// Brings the caches of all repositories down to their limit, if this run has added anything;
    /// to be called at the end of a run.
    package func trim() {
        let written = state.withLock { state in
            defer { state.writtenSinceTrim = 0 }
            return state.writtenSinceTrim
        }
        if written > 0 { CacheTree.trim(stores, limitInBytes: limitInBytes) }
    }

    @discardableResult
    private func removeParts(of keys: [ObjectKey]) -> Bool {
        let packs = Set(keys.compactMap { CachedObject.prefix(ofPack: $0) })
        guard let length = packs.first?.count else { return false }
        return folder.remove(.listings, where: { packs.contains(String($0.prefix(length))) }) > 0
    }

    /// - Returns: whether the bytes are what they should be.
    @discardableResult
    private func keep(_ object: CachedObject, _ bytes: ObjectBytes) -> Bool {
        guard object.isValid(bytes.bytes) else { return false }
        let size = UInt64(bytes.count)
        let isTooLarge = object.kind != .indexes && bytes.count > Self.largestEntryInBytes / 2
        if isTooLarge || size > limitInBytes { return true }
        let written = UInt64(folder.save(object, bytes.bytes))
        let isMuch = state.withLock { state in
            state.writtenSinceTrim += written
            return state.writtenSinceTrim > limitInBytes / 10
        }
        if isMuch { trim() }
        return true
    }

    /// Finds out whether the place still has the repository that the cache knows: a listing has
    /// shown nothing of which the cache has a copy.
    private func prove(_ prefix: String, by names: Set<String>) throws(StoreError) {
        let witnesses = CachedObject.witnesses(prefix)
        if let seen = folder.load(witnesses).map(Self.words), !names.isDisjoint(with: seen) {
            return
        }
        switch state.withLock({ $0.description }) {
        case .proven: break
        case .unproven(let known):
            guard let cause = try replacement(of: known) else { break }
            forget()
            throw StoreError(
                .replaced, .list, prefix, cause: cause,
                remedy: "run the command again: what was known of the old one is forgotten now")
        case .unread:
            // Nobody relies on it in this run, but the next one must not.
            guard let known = folder.load(.description) else { return }
            if try replacement(of: known) != nil { return forget() }
        }
        state.withLock { $0.description = .proven }
        // So that next time these names are proof enough, also when nobody reads the objects.
        let text = names.sorted().prefix(Self.mostWitnesses).joined(separator: "\n")
        if !text.isEmpty { keep(witnesses, ObjectBytes(copying: text.utf8)) }
    }

    /// How many names of a listing are remembered: tables are merged, so one might not last.
    private static let mostWitnesses = 64

    private static func words(_ bytes: ObjectBytes) -> [String] {
        withExtendedLifetime(bytes) {
            String(decoding: bytes.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    /// Why the description does not hold any more; `nil` when it does.
    private func replacement(of known: ObjectBytes) throws(StoreError) -> String? {
        let found: ObjectBytes
        do {
            found = try store.get(ObjectKey(ObjectNames.description), .whole)
        } catch {
            guard error.code == .notFound else { throw error }
            return "\(ObjectNames.description) is gone"
        }
        let isSame = withExtendedLifetime((found, known)) {
            found.bytes.elementsEqual(known.bytes)
        }
        return isSame ? nil : "there is another repository now"
    }

    private func forget() {
        folder.clear()
        state.withLock { $0.description = .unread }
    }
}

/// The view of a cache that also keeps parts of packs.
private final class ListingCache: ObjectStore {
    private let cache: CachingStore

    init(_ cache: CachingStore) { self.cache = cache }

    var location: String { cache.location }

    @discardableResult
    func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try cache.put(key, body)
    }

    func putAndMap(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> ObjectBytes {
        try cache.putAndMap(key, body)
    }

    func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        guard let part = CachedObject(key, range) else { return try cache.get(key, range) }
        return try cache.part(part, of: key, range)
    }

    func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes { try cache.map(key) }

    func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try cache.head(key) }

    func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try cache.list(prefix: prefix)
    }

    func list(prefix: String, after key: ObjectKey) throws(StoreError) -> [ListedObject] {
        try cache.list(prefix: prefix, after: key)
    }

    func delete(_ keys: [ObjectKey]) throws(StoreError) { try cache.delete(keys) }

    func distrust(_ key: ObjectKey) -> Bool { cache.distrust(key) }
}

import Synchronization

/// What passed through a `MeteredStore`.
package struct StoreTraffic: Hashable, Sendable, CustomStringConvertible {
    /// PUT requests.
    package var puts: UInt64 = 0
    /// GET requests.
    package var gets: UInt64 = 0
    /// HEAD requests.
    package var heads: UInt64 = 0
    /// LIST requests.
    package var lists: UInt64 = 0
    /// DELETE requests.
    package var deletes: UInt64 = 0
    /// Bytes of the bodies of PUT requests.
    package var uploadedBytes: UInt64 = 0
    /// Bytes of the answers to GET requests.
    package var downloadedBytes: UInt64 = 0

    /// No traffic.
    package init() {}

    /// The requests by kind.
    package var description: String {
        "requests: \(puts) PUT, \(gets) GET, \(heads) HEAD, \(lists) LIST, \(deletes) DELETE"
    }
}

/// Counts requests and bytes on their way to another store, failed requests included.
package final class MeteredStore: ObjectStore {
    private let store: any ObjectStore
    private let counts = Mutex(StoreTraffic())

    /// Counts what goes to `store`.
    package init(_ store: any ObjectStore) { self.store = store }

    /// What has passed so far.
    package var traffic: StoreTraffic { counts.withLock { $0 } }

    package var location: String { store.location }

    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) {
        counts.withLock { counts in
            counts.puts += 1
            counts.uploadedBytes += UInt64(body.sizeInBytes)
        }
        try store.put(key, body)
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        counts.withLock { $0.gets += 1 }
        return download(try store.get(key, range))
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        counts.withLock { $0.gets += 1 }
        return download(try store.map(key))
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        counts.withLock { $0.heads += 1 }
        return try store.head(key)
    }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        counts.withLock { $0.lists += 1 }
        return try store.list(prefix: prefix)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        counts.withLock { $0.deletes += 1 }
        try store.delete(keys)
    }

    private func download(_ bytes: ObjectBytes) -> ObjectBytes {
        counts.withLock { $0.downloadedBytes += UInt64(bytes.count) }
        return bytes
    }
}

/// Counts what goes to a store of which each call is one request, such as a directory.
package final class MeteredStore: ObjectStore {
    private let store: any ObjectStore
    private let meter: TrafficMeter

    /// Counts in `meter` what goes to `store`.
    package init(_ store: any ObjectStore, _ meter: TrafficMeter) {
        self.store = store
        self.meter = meter
    }

    package var location: String { store.location }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        meter.count(.put, uploadedBytes: body.sizeInBytes)
        return try store.put(key, body)
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        meter.count(.get)
        return download(try store.get(key, range))
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        meter.count(.get)
        return download(try store.map(key))
    }

    package func putAndMap(
        _ key: ObjectKey, _ body: ObjectBody
    ) throws(StoreError) -> ObjectBytes {
        meter.count(.put, uploadedBytes: body.sizeInBytes)
        return try store.putAndMap(key, body)
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        meter.count(.head)
        return try store.head(key)
    }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        meter.count(.list)
        return try store.list(prefix: prefix)
    }

    package func list(
        prefix: String, after key: ObjectKey
    ) throws(StoreError) -> [ListedObject] {
        meter.count(.list)
        return try store.list(prefix: prefix, after: key)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        meter.count(.delete)
        try store.delete(keys)
    }

    package var listings: any ObjectStore { MeteredStore(store.listings, meter) }

    package func distrust(_ key: ObjectKey) -> Bool { store.distrust(key) }

    private func download(_ bytes: ObjectBytes) -> ObjectBytes {
        meter.count(downloadedBytes: bytes.count)
        return bytes
    }
}

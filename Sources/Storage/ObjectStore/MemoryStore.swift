import Synchronization

/// A store in memory: for tests, and as the plainest statement of what a store does.
package final class MemoryStore: ObjectStore {
    package let location: String
    private struct Object {
        let bytes: [UInt8]
        let modified: StoreTime?
    }

    private let objects = Mutex<[ObjectKey: Object]>([:])
    private let now: @Sendable () -> StoreTime?

    /// An empty store.
    /// - Parameter now: the store's clock; a store without one tells no times.
    package init(
        location: String = "memory", now: @escaping @Sendable () -> StoreTime? = { nil }
    ) {
        self.location = location
        self.now = now
    }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) -> StoreTime? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.sizeInBytes)
        // Part by part: joining the parts byte by byte is slow where nothing is optimised.
        for part in body.parts { bytes.append(contentsOf: part) }
        let object = Object(bytes: bytes, modified: now())
        objects.withLock { $0[key] = object }
        return object.modified
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        guard let bytes = objects.withLock({ $0[key]?.bytes }) else {
            throw StoreError(.notFound, .get, key.description, cause: "not in memory")
        }
        switch range {
        case .whole: return ObjectBytes(copying: bytes)
        case .last(let length): return ObjectBytes(copying: bytes.suffix(length))
        case .from(let offset, let length):
            guard offset < UInt64(bytes.count) else {
                throw StoreError(.invalidRange, .get, key.description, cause: "offset \(offset)")
            }
            return ObjectBytes(copying: bytes[Int(offset)...].prefix(length))
        }
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        guard let bytes = objects.withLock({ $0[key]?.bytes }) else {
            throw StoreError(.notFound, .head, key.description, cause: "not in memory")
        }
        return UInt64(bytes.count)
    }

    package func list(prefix: String) -> [ListedObject] {
        objects.withLock { objects in
            objects.filter { $0.key.description.hasPrefix(prefix) }
                .map { key, object in
                    ListedObject(
                        key: key, sizeInBytes: UInt64(object.bytes.count),
                        modified: object.modified)
                }
                .sorted { $0.key < $1.key }
        }
    }

    package func delete(_ keys: [ObjectKey]) {
        objects.withLock { objects in
            for key in keys { objects[key] = nil }
        }
    }
}

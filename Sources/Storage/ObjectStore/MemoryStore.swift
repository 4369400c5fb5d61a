import Synchronization

/// A store in memory: for tests, and as the plainest statement of what a store does.
package final class MemoryStore: ObjectStore {
    package let location: String
    private let objects = Mutex<[ObjectKey: [UInt8]]>([:])

    /// An empty store.
    package init(location: String = "memory") { self.location = location }

    package func put(_ key: ObjectKey, _ body: ObjectBody) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.sizeInBytes)
        // Part by part: joining the parts byte by byte is slow where nothing is optimised.
        for part in body.parts { bytes.append(contentsOf: part) }
        let object = bytes
        objects.withLock { $0[key] = object }
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        guard let bytes = objects.withLock({ $0[key] }) else {
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
        guard let bytes = objects.withLock({ $0[key] }) else {
            throw StoreError(.notFound, .head, key.description, cause: "not in memory")
        }
        return UInt64(bytes.count)
    }

    package func list(prefix: String) -> [ListedObject] {
        objects.withLock { objects in
            objects.filter { $0.key.description.hasPrefix(prefix) }
                .map { ListedObject(key: $0.key, sizeInBytes: UInt64($0.value.count)) }
                .sorted { $0.key < $1.key }
        }
    }

    package func delete(_ keys: [ObjectKey]) {
        objects.withLock { objects in
            for key in keys { objects[key] = nil }
        }
    }
}

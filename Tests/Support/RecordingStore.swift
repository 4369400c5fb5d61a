package import ObjectStore
import Synchronization

/// Writes down every call on its way to another store, in the order in which the calls come.
package final class RecordingStore: ObjectStore {
    /// A call.
    package struct Call: Hashable, Sendable, CustomStringConvertible {
        /// What was asked for.
        package let operation: StoreError.Operation
        /// The keys, or the prefix of a listing.
        package let subjects: [String]
        /// The size of the body of a PUT, else 0.
        package let sizeInBytes: Int

        package var description: String {
            "\(operation.rawValue) \(subjects.joined(separator: " "))"
        }
    }

    private let store: any ObjectStore
    private let recorded = Mutex<[Call]>([])

    /// Records what goes to `store`.
    package init(_ store: any ObjectStore) { self.store = store }

    /// The calls so far.
    package var calls: [Call] { recorded.withLock { $0 } }

    /// Forgets the calls so far.
    package func clear() { recorded.withLock { $0 = [] } }

    package var location: String { store.location }

    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) {
        record(.put, [key.description], body.sizeInBytes)
        try store.put(key, body)
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        record(.get, [key.description])
        return try store.get(key, range)
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        record(.get, [key.description])
        return try store.map(key)
    }

    package func putAndMap(
        _ key: ObjectKey, _ body: ObjectBody
    ) throws(StoreError) -> ObjectBytes {
        record(.put, [key.description], body.sizeInBytes)
        return try store.putAndMap(key, body)
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        record(.head, [key.description])
        return try store.head(key)
    }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        record(.list, [prefix])
        return try store.list(prefix: prefix)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        record(.delete, keys.map(\.description))
        try store.delete(keys)
    }

    package func distrust(_ key: ObjectKey) -> Bool { store.distrust(key) }

    private func record(
        _ operation: StoreError.Operation, _ subjects: [String], _ sizeInBytes: Int = 0
    ) {
        let call = Call(operation: operation, subjects: subjects, sizeInBytes: sizeInBytes)
        recorded.withLock { $0.append(call) }
    }
}

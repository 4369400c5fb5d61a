package import ObjectStore
import Synchronization

/// Writes down every call on its way to another store, in the order in which the calls come.
package final class RecordingStore: ObjectStore {
    /// A call.
    package struct Call: Hashable, Sendable, CustomStringConvertible {
        /// What was asked for.
        package let operation: StoreError.Operation
        /// The keys, or the prefix of a listing and, if that was asked for, what it begins behind.
        package let subjects: [String]
        /// The size of the body of a PUT, else 0.
        package let sizeInBytes: Int
        /// Which bytes a GET asked for; `nil` for other calls.
        package let range: ObjectRange?

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

    /// Ranges of objects that were read twice, in whole or in part; empty when no byte was.
    package var rereads: [String] {
        var ranges: [String: [Range<UInt64>]] = [:]
        for call in calls where call.operation == .get {
            switch call.range {
            case .from(let offset, let length):
                ranges[call.subjects[0], default: []].append(offset..<offset + UInt64(length))
            case .whole, .last, nil: ranges[call.subjects[0], default: []].append(0..<UInt64.max)
            }
        }
        return ranges.flatMap { key, ranges in
            let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
            return zip(sorted, sorted.dropFirst()).filter { $0.overlaps($1) }
                .map { "\(key): \($0), \($1)" }
        }
    }

    /// Forgets the calls so far.
    package func clear() { recorded.withLock { $0 = [] } }

    package var location: String { store.location }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        record(.put, [key.description], body.sizeInBytes)
        return try store.put(key, body)
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        record(.get, [key.description], range: range)
        return try store.get(key, range)
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        record(.get, [key.description], range: .whole)
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

    package func list(
        prefix: String, after key: ObjectKey
    ) throws(StoreError) -> [ListedObject] {
        record(.list, [prefix, key.description])
        return try store.list(prefix: prefix, after: key)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        record(.delete, keys.map(\.description))
        try store.delete(keys)
    }

    package func distrust(_ key: ObjectKey) -> Bool { store.distrust(key) }

    private func record(
        _ operation: StoreError.Operation, _ subjects: [String], _ sizeInBytes: Int = 0,
        range: ObjectRange? = nil
    ) {
        let call = Call(
            operation: operation, subjects: subjects, sizeInBytes: sizeInBytes, range: range)
        recorded.withLock { $0.append(call) }
    }
}

package import ObjectStore
import Synchronization

/// A store that calls back before requests on their way to another store, or after each PUT: what
/// somebody else does at just that moment.
package final class HookedStore: ObjectStore {
    /// A request, as the hook gets it.
    package struct Call: Sendable {
        /// Counts from 1 on.
        package let number: Int
        /// What is asked for.
        package let operation: StoreError.Operation
        /// The name of the object, the prefix of a LIST, or the first name of a DELETE.
        package let subject: String
    }

    private let store: any ObjectStore
    private let counted: Set<StoreError.Operation>
    private let count = Mutex(0)
    private let hook: @Sendable (Call) -> Void
    private let afterPut: @Sendable (_ key: ObjectKey) -> Void

    /// - Parameters:
    ///   - counted: the operations whose calls count; others pass without a call of `before`.
    ///   - before: called by any thread.
    package init(
        _ store: any ObjectStore,
        counted: Set<StoreError.Operation> = [.put, .get, .head, .list, .delete],
        before: @escaping @Sendable (Call) -> Void
    ) {
        self.store = store
        self.counted = counted
        hook = before
        afterPut = { _ in }
    }

    /// - Parameter afterPut: called by any thread, when the object is there and nobody knows yet.
    package init(
        _ store: any ObjectStore, afterPut: @escaping @Sendable (_ key: ObjectKey) -> Void
    ) {
        self.store = store
        counted = []
        hook = { _ in }
        self.afterPut = afterPut
    }

    /// - Parameter beforeGet: gets the number of the GET, from 1 on; called by any thread.
    package convenience init(
        _ store: any ObjectStore,
        beforeGet: @escaping @Sendable (_ call: Int, _ key: ObjectKey) -> Void
    ) {
        self.init(store, counted: [.get]) { beforeGet($0.number, ObjectKey($0.subject)) }
    }

    /// How many calls there were that count.
    package var calls: Int { count.withLock { $0 } }

    package var location: String { store.location }

    private func note(_ operation: StoreError.Operation, _ subject: String) {
        guard counted.contains(operation) else { return }
        let number = count.withLock { count in
            count += 1
            return count
        }
        hook(Call(number: number, operation: operation, subject: subject))
    }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        note(.put, key.description)
        let time = try store.put(key, body)
        afterPut(key)
        return time
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        note(.get, key.description)
        return try store.get(key, range)
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        note(.head, key.description)
        return try store.head(key)
    }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        note(.list, prefix)
        return try store.list(prefix: prefix)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        note(.delete, keys.first?.description ?? "")
        try store.delete(keys)
    }
}

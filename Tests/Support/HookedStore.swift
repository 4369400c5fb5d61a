package import ObjectStore
import Synchronization

/// A store that calls back before each GET, or after each PUT, on its way to another store: what
/// somebody else does at just that moment.
package final class HookedStore: ObjectStore {
    private let store: any ObjectStore
    private let count = Mutex(0)
    private let hook: @Sendable (_ call: Int, _ key: ObjectKey) -> Void
    private let afterPut: @Sendable (_ key: ObjectKey) -> Void

    /// - Parameter beforeGet: gets the number of the call, from 1 on; called by any thread.
    package init(
        _ store: any ObjectStore,
        beforeGet: @escaping @Sendable (_ call: Int, _ key: ObjectKey) -> Void
    ) {
        self.store = store
        hook = beforeGet
        afterPut = { _ in }
    }

    /// - Parameter afterPut: called by any thread, when the object is there and nobody knows yet.
    package init(
        _ store: any ObjectStore, afterPut: @escaping @Sendable (_ key: ObjectKey) -> Void
    ) {
        self.store = store
        hook = { _, _ in }
        self.afterPut = afterPut
    }

    /// How many GETs there were.
    package var calls: Int { count.withLock { $0 } }

    package var location: String { store.location }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        let time = try store.put(key, body)
        afterPut(key)
        return time
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        let call = count.withLock { count in
            count += 1
            return count
        }
        hook(call, key)
        return try store.get(key, range)
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}

package import ObjectStore
import Synchronization

/// A store between a caller and another store that goes wrong on purpose.
///
/// Calls fail as a `Fault` says. Objects are shown truncated, with a flipped bit, lost or left out
/// of listings; the other store keeps them as they are.
package final class FaultyStore: ObjectStore {
    /// Which calls fail, and how.
    package struct Fault: Hashable, Sendable {
        /// When a failing PUT or DELETE fails.
        package enum Timing: Hashable, Sendable, CaseIterable {
            /// Nothing has changed in the store.
            case beforeEffect
            /// The store has done it, and only the answer is lost.
            case afterEffect
        }

        /// The operation whose calls count; `nil` counts all.
        package var operation: StoreError.Operation?
        /// The number of the first call that fails, from 1 on.
        package var call: Int
        /// Whether all later calls fail too.
        package var isPermanent: Bool
        /// Whether the failing call has its effect.
        package var timing: Timing
        /// The code of the error.
        package var code: StoreError.Code

        /// A fault of the Nth call.
        package init(
            _ operation: StoreError.Operation? = nil, call: Int, isPermanent: Bool = false,
            timing: Timing = .beforeEffect, code: StoreError.Code = .inputOutput
        ) {
            self.operation = operation
            self.call = call
            self.isPermanent = isPermanent
            self.timing = timing
            self.code = code
        }
    }

    private struct State {
        var fault: Fault?
        var calls = 0
        var hasFailed = false
        var altered: Set<ObjectKey> = []
        var lost: Set<ObjectKey> = []
        var hidden: Set<ObjectKey> = []
    }

    private let store: any ObjectStore
    /// The altered objects as they are shown.
    private let overlay = MemoryStore()
    private let state: Mutex<State>

    /// Passes everything on to `store`, but for the fault.
    package init(_ store: any ObjectStore, _ fault: Fault? = nil) {
        self.store = store
        state = Mutex(State(fault: fault))
    }

    /// Sets the fault; calls are counted anew.
    package func set(_ fault: Fault?) {
        state.withLock { state in
            state.fault = fault
            state.calls = 0
            state.hasFailed = false
        }
    }

    /// Whether a call has failed since the fault was set.
    package var hasFailed: Bool { state.withLock { $0.hasFailed } }

    /// Shows the first `count` bytes of an object only.
    package func truncate(_ key: ObjectKey, to count: Int) throws {
        alter(key, Array(try store.get(key, .whole).array.prefix(count)))
    }

    /// Shows an object with one bit flipped; bit 0 is the lowest of the first byte.
    package func flip(_ key: ObjectKey, bit: Int) throws {
        var bytes = try store.get(key, .whole).array
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        alter(key, bytes)
    }

    /// Shows other bytes for an object.
    package func alter(_ key: ObjectKey, _ bytes: [UInt8]) {
        overlay.put(key, ObjectBody(bytes))
        state.withLock { _ = $0.altered.insert(key) }
    }

    /// Says that an object is missing, though listings, stale as they are, still show it.
    package func lose(_ key: ObjectKey) { state.withLock { _ = $0.lost.insert(key) } }

    /// Leaves an object out of listings; it can be read.
    package func hide(_ key: ObjectKey) { state.withLock { _ = $0.hidden.insert(key) } }

    /// Shows all objects as they are.
    package func heal() {
        state.withLock { state in
            state.altered = []
            state.lost = []
            state.hidden = []
        }
    }

    package var location: String { store.location }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try attempt(.put, key.description) { () throws(StoreError) in
            let time = try store.put(key, body)
            mend(key)
            return time
        }
    }

    package func putAndMap(
        _ key: ObjectKey, _ body: ObjectBody
    ) throws(StoreError) -> ObjectBytes {
        try attempt(.put, key.description) { () throws(StoreError) in
            let bytes = try store.putAndMap(key, body)
            mend(key)
            return bytes
        }
    }

    private func mend(_ key: ObjectKey) {
        state.withLock { state in
            state.altered.remove(key)
            state.lost.remove(key)
        }
    }

    package func distrust(_ key: ObjectKey) -> Bool { store.distrust(key) }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        try attempt(.get, key.description) { () throws(StoreError) in
            try shown(key, .get).get(key, range)
        }
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        try attempt(.get, key.description) { () throws(StoreError) in
            try shown(key, .get).map(key)
        }
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        try attempt(.head, key.description) { () throws(StoreError) in
            try shown(key, .head).head(key)
        }
    }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try attempt(.list, prefix) { () throws(StoreError) in
            let (hidden, altered) = state.withLock { ($0.hidden, $0.altered) }
            var objects: [ListedObject] = []
            for object in try store.list(prefix: prefix) where !hidden.contains(object.key) {
                let isAltered = altered.contains(object.key)
                let size = isAltered ? try overlay.head(object.key) : object.sizeInBytes
                objects.append(
                    ListedObject(key: object.key, sizeInBytes: size, modified: object.modified))
            }
            return objects
        }
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        let subject = keys.map(\.description).joined(separator: " ")
        try attempt(.delete, subject) { () throws(StoreError) in try store.delete(keys) }
    }

    private func attempt<Result>(
        _ operation: StoreError.Operation, _ subject: String,
        _ effect: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        guard let fault = faultOfCall(operation) else { return try effect() }
        if fault.timing == .afterEffect { _ = try effect() }
        throw StoreError(fault.code, operation, subject, cause: "made to fail by the test")
    }

    private func faultOfCall(_ operation: StoreError.Operation) -> Fault? {
        state.withLock { state in
            guard let fault = state.fault, fault.operation ?? operation == operation else {
                return nil
            }
            state.calls += 1
            let isFailing = state.calls == fault.call
            guard isFailing || (fault.isPermanent && state.calls > fault.call) else { return nil }
            state.hasFailed = true
            return fault
        }
    }

    /// Where an object is shown from.
    private func shown(
        _ key: ObjectKey, _ operation: StoreError.Operation
    ) throws(StoreError) -> any ObjectStore {
        let (isLost, isAltered) = state.withLock {
            ($0.lost.contains(key), $0.altered.contains(key))
        }
        if isLost {
            throw StoreError(.notFound, operation, key.description, cause: "lost by the test")
        }
        return isAltered ? overlay : store
    }
}

package import ObjectStore
import Synchronization

/// A store whose answers get lost bits on their way: in the first answer from each object of a
/// prefix one bit is flipped. The objects themselves are as they were, and further answers too.
package final class NoisyStore: ObjectStore {
    private struct State {
        var generator: SeededGenerator
        var heard: Set<ObjectKey> = []
    }

    private let store: any ObjectStore
    private let prefix: String
    private let state: Mutex<State>

    /// Passes everything on to `store`; the seed decides which bits are flipped.
    package init(_ store: any ObjectStore, prefix: String, seed: UInt64) {
        self.store = store
        self.prefix = prefix
        state = Mutex(State(generator: SeededGenerator(seed: seed)))
    }

    /// How many answers had a flipped bit.
    package var flips: Int { state.withLock { $0.heard.count } }

    package var location: String { store.location }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        try store.put(key, body)
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        let answer = try store.get(key, range)
        let bit = state.withLock { state -> Int? in
            guard key.description.hasPrefix(prefix), answer.count > 0,
                state.heard.insert(key).inserted
            else { return nil }
            return state.generator.number(in: 0...8 * answer.count - 1)
        }
        guard let bit else { return answer }
        var bytes = answer.array
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return ObjectBytes(copying: bytes)
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 { try store.head(key) }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        try store.list(prefix: prefix)
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) { try store.delete(keys) }
}

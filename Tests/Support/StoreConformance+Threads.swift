import ObjectStore
import Synchronization
import Testing
import WorkerThreads

/// Threads that put, read, list and delete at once get what each of them has put.
func checkThreads(_ store: any ObjectStore) throws {
    let threadCount = 8
    let objectsPerThread = 6
    try withThreads { threads in
        for thread in 0..<threadCount {
            threads.spawn {
                for number in 0..<objectsPerThread {
                    let name = "shared/\(number)/thread-\(thread)"
                    let bytes = [UInt8](repeating: UInt8(thread), count: 100 * number + 1)
                    try store.put(name, bytes)
                    #expect(try store.read(name) == bytes)
                    #expect(try store.names("shared/\(number)/").contains(name))
                    if number % 2 == 1 { try store.delete([ObjectKey(name)]) }
                }
            }
        }
    }
    let kept = (0..<objectsPerThread).filter { $0 % 2 == 0 }.flatMap { number in
        (0..<threadCount).map { "shared/\(number)/thread-\($0)" }
    }
    #expect(try store.names() == kept.sorted())
}

/// Readers of an object that is replaced again and again see one of its states, never a mixture.
func checkAtomicReplacing(_ store: any ObjectStore) throws {
    let key = ObjectKey("folder/replaced")
    let roundCount = 40
    // The state of a round tells its size, so half an object is told from a whole one.
    let size: @Sendable (UInt8) -> Int = { 20_000 + 531 * Int($0) }
    let isDone = Atomic(false)
    try store.put(key, ObjectBody([UInt8](repeating: 0, count: size(0))))
    try withThreads { threads in
        threads.onFailure { isDone.store(true, ordering: .relaxed) }
        for _ in 0..<3 {
            threads.spawn {
                repeat {
                    let seen = try store.get(key, .whole).array
                    #expect(seen.count == size(seen[0]))
                    #expect(seen[seen.count - 1] == seen[0])
                    #expect(seen[seen.count / 2] == seen[0])
                } while !isDone.load(ordering: .relaxed)
            }
        }
        for round in 1...UInt8(roundCount) {
            try store.put(key, ObjectBody([UInt8](repeating: round, count: size(round))))
        }
        isDone.store(true, ordering: .relaxed)
    }
    #expect(try store.names() == [key.description])
}

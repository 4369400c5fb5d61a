import Synchronization
import TestSupport
import Testing
import WorkerThreads

struct ParallelMapTests {
    @Test(arguments: [0, 1, 2, 7, 100], [1, 3, 8])
    func `results come in the order of the elements, each made once`(
        count: Int, threadCount: Int
    ) throws {
        let calls = Atomic(0)
        let results = try mapInParallel(Array(0..<count), threadCount: threadCount) { number in
            calls.add(1, ordering: .relaxed)
            return number * number
        }
        #expect(results == (0..<count).map { $0 * $0 })
        #expect(calls.load(ordering: .relaxed) == count)
    }

    @Test func `as many run at once as are allowed, and no more`() throws {
        let running = Monitor((now: 0, most: 0))
        _ = try mapInParallel(Array(0..<9), threadCount: 3) { _ in
            running.update { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            // Nine elements in threes: each waits until there were three of them at once.
            running.wait { $0.most >= 3 ? () : nil }
            running.update { $0.now -= 1 }
        }
        #expect(running.read { $0.most } == 3)
    }

    @Test(arguments: [1, 4])
    func `the first error ends the work and comes out`(threadCount: Int) throws {
        struct Failure: Error, Equatable {}
        let calls = Atomic(0)
        #expect(throws: Failure()) {
            try mapInParallel(Array(0..<100_000), threadCount: threadCount) { number -> Int in
                calls.add(1, ordering: .relaxed)
                if number == 3 { throw Failure() }
                return number
            }
        }
        #expect(calls.load(ordering: .relaxed) < 100_000)
    }
}

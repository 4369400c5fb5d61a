import Synchronization
import Testing
import WorkerThreads

struct ThreadGroupTests {
    private struct Failure: Error, Equatable {
        let number: Int
    }

    @Test func allThreadsHaveEndedAtTheEnd() throws {
        let count = Atomic(0)
        let result = try withThreads { threads in
            for _ in 0..<16 {
                threads.spawn { count.add(1, ordering: .relaxed) }
            }
            return "result"
        }
        #expect(result == "result")
        #expect(count.load(ordering: .relaxed) == 16)
    }

    @Test func threadsOfThreadsAreWaitedForToo() throws {
        let count = Atomic(0)
        try withThreads { threads in
            threads.spawn {
                for _ in 0..<4 {
                    threads.spawn {
                        threads.spawn { count.add(1, ordering: .relaxed) }
                        count.add(1, ordering: .relaxed)
                    }
                }
            }
        }
        #expect(count.load(ordering: .relaxed) == 8)
    }

    @Test func theFirstErrorIsThrown() {
        let turn = Monitor(0)
        #expect(throws: Failure(number: 1)) {
            try withThreads { threads in
                threads.onFailure { turn.update { $0 = 1 } }
                threads.spawn {
                    // Not before the other has failed.
                    turn.wait { $0 == 1 ? () : nil }
                    throw Failure(number: 2)
                }
                threads.spawn { throw Failure(number: 1) }
            }
        }
    }

    @Test func anErrorOfTheBodyIsThrownAfterAllThreadsHaveEnded() {
        let queue = BoundedQueue<Int>(capacity: 1)
        let hasEnded = Atomic(false)
        #expect(throws: Failure(number: 3)) {
            try withThreads { threads in
                threads.onFailure { queue.cancel() }
                threads.spawn {
                    _ = queue.pop()
                    hasEnded.store(true, ordering: .relaxed)
                }
                throw Failure(number: 3)
            }
        }
        #expect(hasEnded.load(ordering: .relaxed) == true)
    }

    @Test func aFailureRunsEachActionOnce() {
        let runs = Monitor([0, 0, 0])
        let failed = Monitor(false)
        #expect(throws: Failure.self) {
            try withThreads { threads in
                threads.onFailure { runs.update { $0[0] += 1 } }
                threads.onFailure {
                    runs.update { $0[1] += 1 }
                    failed.update { $0 = true }
                }
                for number in 0..<4 { threads.spawn { throw Failure(number: number) } }
                failed.wait { $0 ? () : nil }
                #expect(threads.hasFailed)
                // Too late to wait for the failure, so it runs at once.
                threads.onFailure { runs.update { $0[2] += 1 } }
                #expect(runs.read { $0[2] } == 1)
            }
        }
        #expect(runs.read { $0 } == [1, 1, 1])
    }

    @Test func withoutFailureNoActionRuns() throws {
        let runs = Atomic(0)
        try withThreads { threads in
            threads.onFailure { runs.add(1, ordering: .relaxed) }
            threads.spawn {}
            #expect(!threads.hasFailed)
        }
        #expect(runs.load(ordering: .relaxed) == 0)
    }

    @Test func everythingAThreadHeldIsReleased() throws {
        final class Held: Sendable {}
        weak var held: Held?
        do {
            let object = Held()
            held = object
            try withThreads { threads in
                threads.spawn { [object] in _ = object }
                threads.onFailure { [object] in _ = object }
            }
        }
        #expect(held == nil)
    }

    @Test func thereIsAtLeastOneProcessor() {
        #expect(processorCount() >= 1)
    }
}

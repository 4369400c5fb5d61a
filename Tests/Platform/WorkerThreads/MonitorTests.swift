import Testing
import WorkerThreads

struct MonitorTests {
    private struct Failure: Error, Equatable {}

    @Test func updatesOfManyThreadsAreNotLost() throws {
        let count = Monitor(0)
        try withThreads { threads in
            for _ in 0..<8 {
                threads.spawn { for _ in 0..<500 { count.update { $0 += 1 } } }
            }
        }
        #expect(count.read { $0 } == 4000)
    }

    @Test func waitingEndsWithTheUpdateThatItWaitsFor() throws {
        let state = Monitor(0)
        try withThreads { threads in
            for target in 1...5 {
                threads.spawn {
                    let seen = state.wait { $0 >= target ? $0 : nil }
                    #expect(seen >= target)
                }
            }
            for _ in 0..<5 { state.update { $0 += 1 } }
        }
        #expect(state.read { $0 } == 5)
    }

    @Test func waitingForATimeEndsWhenItIsUp() {
        let state = Monitor(0)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(state.wait(atMost: 30, for: { $0 > 0 ? $0 : nil }) == nil)
        #expect(clock.now - start >= .milliseconds(30))
        #expect(state.wait(atMost: 0, for: { $0 > 0 ? $0 : nil }) == nil)
        #expect(state.wait(atMost: 0, for: { $0 == 0 ? "there" : nil }) == "there")
    }

    @Test func waitingForATimeEndsWithTheUpdateThatItWaitsFor() throws {
        let state = Monitor(0)
        try withThreads { threads in
            // An hour: a waiter that misses the update would be noticed.
            threads.spawn {
                #expect(state.wait(atMost: 3_600_000, for: { $0 == 3 ? $0 : nil }) == 3)
            }
            for _ in 0..<3 { state.update { $0 += 1 } }
        }
    }

    @Test func waitersWakeEachOther() throws {
        // Each thread waits for its turn and hands over to the next within the wait itself.
        let turn = Monitor(0)
        try withThreads { threads in
            for number in (0..<6).reversed() {
                threads.spawn {
                    turn.wait { value -> Void? in
                        guard value == number else { return nil }
                        value += 1
                        return ()
                    }
                }
            }
        }
        #expect(turn.read { $0 } == 6)
    }

    @Test func anErrorUnlocksTheState() throws {
        let state = Monitor(1)
        #expect(throws: Failure()) { try state.update { _ in throw Failure() } }
        #expect(throws: Failure()) { try state.read { _ in throw Failure() } }
        #expect(throws: Failure()) {
            try state.wait { _ -> Void? in throw Failure() }
        }
        state.update { $0 = 2 }
        #expect(state.read { $0 } == 2)
    }
}

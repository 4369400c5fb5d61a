import Testing
import WorkerThreads

struct TurnsTests {
    private struct Failure: Error {}

    /// A number that is changed in two steps, as no thread may see from outside of its turn.
    private final class Unguarded: @unchecked Sendable {
        var value = 0
    }

    @Test func oneThreadAtATimeHasTheTurnOfANumber() throws {
        let turns = Turns(count: 4)
        let counts = (0..<8).map { _ in Unguarded() }
        try withThreads { threads in
            for _ in 0..<4 {
                threads.spawn {
                    for round in 0..<4000 {
                        turns.take(round % 8) {
                            let before = counts[round % 8].value
                            counts[round % 8].value = before + 1
                        }
                    }
                }
            }
        }
        #expect(counts.allSatisfy { $0.value == 2000 })
    }

    @Test func turnsOfOtherNumbersDoNotWait() throws {
        let turns = Turns(count: 2)
        let isInside = Monitor(false)
        try withThreads { threads in
            threads.spawn {
                turns.take(0) { isInside.wait { $0 ? () : nil } }
            }
            // It would never end if it waited for the turn of 0.
            turns.take(1) { isInside.update { $0 = true } }
        }
    }

    @Test func anErrorEndsTheTurn() throws {
        let turns = Turns(count: 1)
        #expect(throws: Failure.self) {
            try turns.take(0) { () throws(Failure) in throw Failure() }
        }
        #expect(turns.take(0) { 7 } == 7)
    }
}

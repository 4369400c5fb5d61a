import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import Restoring

struct ByteBudgetTests {
    @Test func `what fits is given at once`() {
        let budget = ByteBudget(capacityInBytes: 100)
        #expect(budget.take(60) && budget.take(40))
    }

    @Test func `more than there is gets through alone`() {
        let budget = ByteBudget(capacityInBytes: 100)
        #expect(budget.take(1000))
        budget.give(1000)
        #expect(budget.take(100))
    }

    @Test(arguments: seeds(count: 4))
    func `never more is taken than there is`(seed: UInt64) throws {
        let budget = ByteBudget(capacityInBytes: 50)
        let taken = Atomic(0)
        let largest = Atomic(0)
        try withThreads { threads in
            for thread in 0..<4 {
                threads.spawn {
                    var generator = SeededGenerator(seed: seed * 10 + UInt64(thread))
                    for _ in 0..<300 {
                        let share = generator.number(in: 1...50)
                        guard budget.take(share) else { return }
                        let now = taken.add(share, ordering: .relaxed).newValue
                        largest.max(now, ordering: .relaxed)
                        taken.subtract(share, ordering: .relaxed)
                        budget.give(share)
                    }
                }
            }
        }
        #expect((1...50).contains(largest.load(ordering: .relaxed)))
        #expect(taken.load(ordering: .relaxed) == 0)
    }

    @Test func `whoever waits is let go when the budget is cancelled`() throws {
        let budget = ByteBudget(capacityInBytes: 10)
        #expect(budget.take(10))
        let answers = Mutex<[Bool]>([])
        try withThreads { threads in
            for _ in 0..<3 {
                threads.spawn {
                    let answer = budget.take(1)
                    answers.withLock { $0.append(answer) }
                }
            }
            budget.cancel()
        }
        #expect(answers.withLock { $0 } == [false, false, false])
        #expect(!budget.take(1))
    }
}

import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import Restoring

extension ByteBudget {
    /// Takes a share, waiting until there is room.
    fileprivate func wait(_ bytes: Int) -> Bool {
        let answer = Monitor<Bool?>(nil)
        return take(bytes) { isTaken in answer.update { $0 = isTaken } } ?? answer.wait { $0 }
    }
}

struct ByteBudgetTests {
    private static func nobody(_: Bool) { Issue.record("the answer was given already") }

    @Test func `what fits is given at once`() {
        let budget = ByteBudget(capacityInBytes: 100)
        #expect(budget.take(60, orCall: Self.nobody) == true)
        #expect(budget.take(40, orCall: Self.nobody) == true)
    }

    @Test func `more than there is gets through alone`() {
        let budget = ByteBudget(capacityInBytes: 100)
        #expect(budget.take(1000, orCall: Self.nobody) == true)
        let answers = Mutex<[Bool]>([])
        #expect(budget.take(1) { answer in answers.withLock { $0.append(answer) } } == nil)
        #expect(answers.withLock { $0 } == [])
        budget.give(1000)
        #expect(answers.withLock { $0 } == [true])
        #expect(budget.take(99, orCall: Self.nobody) == true)
    }

    @Test func `whoever came first is served first, also when others would fit`() {
        let budget = ByteBudget(capacityInBytes: 100)
        #expect(budget.take(70, orCall: Self.nobody) == true)
        let served = Mutex<[Int]>([])
        for share in [50, 10, 60] {
            #expect(budget.take(share) { _ in served.withLock { $0.append(share) } } == nil)
        }
        budget.give(19)
        #expect(served.withLock { $0 } == [])
        // Now 50 are taken, and then as many as there are.
        budget.give(1)
        #expect(served.withLock { $0 } == [50])
        budget.give(10)
        #expect(served.withLock { $0 } == [50, 10])
        budget.give(90)
        #expect(served.withLock { $0 } == [50, 10, 60])
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
                        guard budget.wait(share) else { return }
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
        #expect(budget.take(10, orCall: Self.nobody) == true)
        let answers = Mutex<[Bool]>([])
        try withThreads { threads in
            for _ in 0..<3 {
                threads.spawn {
                    let answer = budget.wait(1)
                    answers.withLock { $0.append(answer) }
                }
            }
            budget.cancel()
        }
        #expect(answers.withLock { $0 } == [false, false, false])
        #expect(budget.take(1, orCall: Self.nobody) == false)
    }
}

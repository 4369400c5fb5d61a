import TestSupport
import Testing
import WorkerThreads

struct BoundedQueueTests {
    @Test func elementsComeOutInTheOrderOfPushing() {
        let queue = BoundedQueue<Int>(capacity: 1000)
        var next = 0
        var expected = 0
        for round in 1...40 {
            for _ in 0..<round where next - expected < 900 {
                #expect(queue.push(next))
                next += 1
            }
            for _ in 0..<round / 2 {
                #expect(queue.pop() == expected)
                expected += 1
            }
        }
        queue.close()
        while let element = queue.pop() {
            #expect(element == expected)
            expected += 1
        }
        #expect(expected == next)
    }

    @Test(arguments: seeds(count: 4))
    func whatWaitsNeverCostsMoreThanTheCapacity(seed: UInt64) throws {
        let capacity = 10
        let queue = BoundedQueue<Int>(capacity: capacity)
        // Costs of what is in the queue; counted before popping and after pushing, so it is
        // never below the truth by more than the one element that each side holds.
        let waiting = Monitor((cost: 0, most: 0))
        try withThreads { threads in
            threads.spawn {
                var generator = SeededGenerator(seed: seed)
                for _ in 0..<500 {
                    let cost = generator.number(in: 1...capacity)
                    queue.push(cost, cost: cost)
                    waiting.update { waiting in
                        waiting.cost += cost
                        waiting.most = max(waiting.most, waiting.cost)
                    }
                }
                queue.close()
            }
            threads.spawn {
                while let cost = queue.pop() { waiting.update { $0.cost -= cost } }
            }
        }
        let (cost, most) = waiting.read { $0 }
        #expect(cost == 0)
        #expect(most <= 2 * capacity)
    }

    @Test func aFullQueueLetsNothingIn() throws {
        let queue = BoundedQueue<Int>(capacity: 2)
        let order = Monitor<[String]>([])
        try withThreads { threads in
            queue.push(1)
            queue.push(2)
            threads.spawn {
                queue.push(3)
                order.update { $0.append("pushed") }
                queue.close()
            }
            order.update { $0.append("popping") }
            #expect(queue.pop() == 1)
            #expect(queue.pop() == 2)
            #expect(queue.pop() == 3)
            #expect(queue.pop() == nil)
        }
        #expect(order.read { $0 } == ["popping", "pushed"])
    }

    @Test func anElementBeyondTheCapacityGetsInAlone() throws {
        let queue = BoundedQueue<Int>(capacity: 10)
        queue.push(1, cost: 1000)
        try withThreads { threads in
            threads.spawn {
                queue.push(2, cost: 5)
                queue.push(3, cost: 1000)
                queue.close()
            }
            #expect(queue.pop() == 1)
            #expect(queue.pop() == 2)
            #expect(queue.pop() == 3)
            #expect(queue.pop() == nil)
        }
    }

    @Test func closingLetsWaitingReadersGo() throws {
        let queue = BoundedQueue<Int>(capacity: 10)
        try withThreads { threads in
            for _ in 0..<4 { threads.spawn { #expect(queue.pop() == nil) } }
            queue.close()
        }
        #expect(queue.pop() == nil)
    }

    @Test func cancellingWakesReadersAndWriters() throws {
        let empty = BoundedQueue<Int>(capacity: 1)
        let full = BoundedQueue<Int>(capacity: 1)
        full.push(1)
        try withThreads { threads in
            for number in 0..<3 {
                threads.spawn { #expect(empty.pop() == nil) }
                threads.spawn { #expect(!full.push(number)) }
            }
            empty.cancel()
            full.cancel()
        }
    }

    @Test func aCancelledQueueDropsEverything() {
        final class Element: Sendable {}
        let queue = BoundedQueue<Element>(capacity: 10)
        weak var dropped: Element?
        do {
            let element = Element()
            dropped = element
            queue.push(element)
        }
        #expect(dropped != nil)
        queue.cancel()
        #expect(dropped == nil)
        #expect(queue.pop() == nil)
        #expect(!queue.push(Element()))
        // Closing what is cancelled, as the end of a stage does, is no error.
        queue.close()
        #expect(!queue.push(Element()))
    }

    @Test func manyWritersAndReadersLoseAndDoubleNothing() throws {
        let queue = BoundedQueue<Int>(capacity: 7)
        let seen = Monitor<[Int]>([])
        let writersLeft = Monitor(4)
        try withThreads { threads in
            for writer in 0..<4 {
                threads.spawn {
                    for number in 0..<200 { queue.push(writer * 200 + number) }
                    let left = writersLeft.update { left in
                        left -= 1
                        return left
                    }
                    if left == 0 { queue.close() }
                }
            }
            for _ in 0..<3 {
                threads.spawn {
                    var mine: [Int] = []
                    while let element = queue.pop() { mine.append(element) }
                    seen.update { $0 += mine }
                }
            }
        }
        #expect(seen.read { $0 }.sorted() == Array(0..<800))
    }
}

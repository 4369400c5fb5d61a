import HTTPTransport
import TestSupport
import Testing

/// Only so many of each key are under way, and nobody is forgotten.
struct AdmissionQueueTests {
    private struct Ticket: Hashable {
        let key: String
        let number: Int
    }

    @Test func elementsStartInOrderUpToTheLimit() {
        var queue = AdmissionQueue<Int>(limitPerKey: 2)
        for number in 1...4 { queue.append(number, key: "a") }
        #expect(queue.next() == 1)
        #expect(queue.next() == 2)
        #expect(queue.next() == nil)
        queue.release(key: "a")
        #expect(queue.next() == 3)
        #expect(queue.next() == nil)
    }

    @Test func keysDoNotWaitForEachOther() {
        var queue = AdmissionQueue<String>(limitPerKey: 1)
        queue.append("a1", key: "a")
        queue.append("a2", key: "a")
        queue.append("b1", key: "b")
        #expect(queue.next() == "a1")
        #expect(queue.next() == "b1")
        #expect(queue.next() == nil)
        queue.release(key: "b")
        #expect(queue.next() == nil)
        queue.release(key: "a")
        #expect(queue.next() == "a2")
    }

    @Test func removedElementsNeverStartAndThoseUnderWayStillCount() {
        var queue = AdmissionQueue<Int>(limitPerKey: 1)
        for number in 1...3 { queue.append(number, key: "a") }
        queue.append(4, key: "b")
        #expect(queue.next() == 1)
        #expect(queue.removeWaiting() == [2, 3, 4])
        queue.append(5, key: "a")
        #expect(queue.next() == nil)
        queue.release(key: "a")
        #expect(queue.next() == 5)
    }

    @Test(arguments: seeds(count: 20))
    func everyElementStartsOnceInOrderAndTheLimitHolds(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limit = generator.number(in: 1...4)
        var queue = AdmissionQueue<Ticket>(limitPerKey: limit)
        var underWay: [String: Int] = [:]
        var (appended, started): ([String: Int], [String: Int]) = ([:], [:])
        for _ in 0..<400 {
            let key = generator.pick(["a", "b", "c"])
            switch generator.number(in: 0...2) {
            case 0:
                queue.append(Ticket(key: key, number: appended[key, default: 0]), key: key)
                appended[key, default: 0] += 1
            case 1 where underWay[key, default: 0] > 0:
                queue.release(key: key)
                underWay[key, default: 0] -= 1
            default:
                guard let ticket = queue.next() else {
                    // Nobody may start only when each key is full or has nobody waiting.
                    for key in appended.keys {
                        let isFull = underWay[key, default: 0] == limit
                        #expect(isFull || started[key, default: 0] == appended[key])
                    }
                    continue
                }
                #expect(ticket.number == started[ticket.key, default: 0])
                started[ticket.key, default: 0] += 1
                underWay[ticket.key, default: 0] += 1
                #expect(underWay[ticket.key, default: 0] <= limit)
            }
        }
    }
}

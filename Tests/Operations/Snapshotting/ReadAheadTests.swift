import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import Snapshotting

struct ReadAheadTests {
    @Test(arguments: [0, 1, 2, 8])
    func `each reading is read once, and the scanner gets it`(readers: Int) throws {
        let counts = Mutex([Int](repeating: 0, count: 300))
        let ahead = ReadAhead(width: 4)
        let values = try withThreads { threads in
            defer { ahead.close() }
            for _ in 0..<readers { threads.spawn(ahead.run) }
            ahead.enter()
            defer { ahead.leave() }
            let readings = (0..<300).map { number in
                Reading { () -> Int in
                    counts.withLock { $0[number] += 1 }
                    return number * number
                }
            }
            ahead.add(readings)
            return readings.map { ahead.value(of: $0) }
        }
        #expect(values == (0..<300).map { $0 * $0 })
        #expect(counts.withLock { $0 }.allSatisfy { $0 == 1 })
    }

    @Test func `what is needed first is read first`() throws {
        let order = Mutex<[String]>([])
        let ahead = ReadAhead(width: 4)
        func reading(_ name: String, isLast: Bool = false) -> Reading<Void> {
            Reading {
                order.withLock { $0.append(name) }
                if isLast { ahead.close() }
            }
        }
        ahead.enter()
        ahead.add([reading("second folder"), reading("third folder", isLast: true)])
        ahead.enter()
        ahead.add([reading("its first"), reading("its second")])
        ahead.enter()
        ahead.add([reading("not needed any more")])
        ahead.leave()
        // On this thread: it ends with the last one.
        ahead.run()
        #expect(
            order.withLock { $0 } == ["its first", "its second", "second folder", "third folder"])
    }

    @Test func `what the scanner has read itself no reader reads again`() {
        let count = Mutex(0)
        let ahead = ReadAhead(width: 4)
        let first = Reading { count.withLock { $0 += 1 } }
        let last = Reading { ahead.close() }
        ahead.enter()
        ahead.add([first])
        ahead.add([last])
        #expect(first.value == nil)
        ahead.value(of: first)
        #expect(first.value != nil && first.read() == nil)
        ahead.run()
        #expect(count.withLock { $0 } == 1)
    }

    @Test func `readers that have nothing to do end when they are let go`() throws {
        let ahead = ReadAhead(width: 4)
        try withThreads { threads in
            for _ in 0..<4 { threads.spawn(ahead.run) }
            ahead.close()
        }
        // Nobody is there who could be given anything.
        ahead.add([Reading { Issue.record("nobody asked") }])
        ahead.enter()
        ahead.run()
    }
}

import HTTPTransport
import TestSupport
import Testing

/// What stands still is told from what is slow. The clock is a number here.
struct StallWatchTests {
    private static let second: UInt64 = 1_000_000_000
    private static let start: UInt64 = 1000 * second

    /// Asks ten times a second.
    /// - Returns: after how many seconds the transfer counted as stalled; `nil` for never.
    private func stall(
        limitInSeconds: Int, forSeconds seconds: Int, isExcused: (Double) -> Bool = { _ in false },
        bytes: (Double) -> Int
    ) -> Double? {
        var watch = StallWatch(limitInSeconds: limitInSeconds, now: Self.start)
        for tenth in 1...(10 * seconds) {
            let time = Double(tenth) / 10
            let now = Self.start + UInt64(tenth) * Self.second / 10
            let isStalled = watch.isStalled(
                bytes: Int64(bytes(time)), isExcused: isExcused(time), now: now)
            if isStalled { return time }
        }
        return nil
    }

    @Test(arguments: [1, 5, 60])
    func nothingAtAllIsAStallAfterTheLimit(_ limit: Int) {
        #expect(stall(limitInSeconds: limit, forSeconds: 2 * limit) { _ in 0 } == Double(limit))
    }

    @Test func theTimeBeginsWithTheLastProgress() {
        #expect(stall(limitInSeconds: 5, forSeconds: 60) { $0 < 20 ? Int($0 * 100) : 2000 } == 25)
    }

    @Test func moreThanAByteASecondIsSlowAndNotStalled() {
        #expect(stall(limitInSeconds: 10, forSeconds: 100) { Int($0 * 2.5) } == nil)
    }

    @Test func lessThanAByteASecondIsAStall() {
        #expect(stall(limitInSeconds: 10, forSeconds: 100) { Int($0 / 4) } == 10)
    }

    @Test func nobodyIsBlamedForWhatALimitHolds() {
        let stalledAt = stall(
            limitInSeconds: 3, forSeconds: 100, isExcused: { $0 < 50 }, bytes: { _ in 7 })
        // A tenth before 50 seconds it was held for the last time.
        #expect(stalledAt.map { (52.8...53).contains($0) } == true)
    }

    @Test func aNewStartIsProgress() {
        #expect(stall(limitInSeconds: 3, forSeconds: 30) { $0 < 10 ? Int($0 * 9) : 5 } == 13)
    }

    @Test(arguments: seeds(count: 20))
    func whatMovesBeforeEachLimitNeverStalls(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limit = generator.number(in: 1...30)
        var watch = StallWatch(limitInSeconds: limit, now: Self.start)
        var (now, bytes) = (Self.start, Int64(0))
        for _ in 0..<100 {
            let pause = generator.next() % (UInt64(limit) * Self.second)
            now += pause
            // Enough for the whole pause.
            bytes += Int64(pause / Self.second) + 1
            let isStalled = watch.isStalled(bytes: bytes, isExcused: false, now: now)
            #expect(!isStalled)
        }
    }
}

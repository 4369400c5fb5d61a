import HTTPTransport
import TestSupport
import Testing

/// The rate is kept, whoever takes how much when. The clock is a number here.
struct TokenBucketTests {
    private static let second: UInt64 = 1_000_000_000

    /// Something that was taken.
    private struct Taking {
        let time: UInt64
        let count: Int
    }

    @Test func aMegabyteAtFourMegabytesASecondTakesAQuarterOfASecond() {
        var bucket = TokenBucket(bytesPerSecond: 4_000_000)
        var now: UInt64 = 17 * Self.second
        let start = now
        for _ in 0..<62 {
            now += bucket.waitInNanoseconds(now: now)
            bucket.take(16_384, now: now)
        }
        // All but the last piece are paid for, and a burst comes on top.
        let paid = UInt64(61 * 16_384) * 250
        #expect(now - start == paid - TokenBucket.burstInNanoseconds)
        #expect(now - start > Self.second / 10 * 19 / 10)
    }

    @Test(arguments: seeds(count: 30))
    func noStretchOfTimeSeesMoreThanTheRateAndABurst(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rate = max(1, generator.magnitude(UInt32.self))
        let largest = generator.number(in: 1...200_000)
        var bucket = TokenBucket(bytesPerSecond: Int(rate))
        var now = generator.next() >> 8
        var takings: [Taking] = []
        for _ in 0..<60 {
            // Callers are late, in time, or come back when nothing is to be had.
            now += generator.oneIn(3) ? generator.next() % (Self.second / 4) : 0
            now += bucket.waitInNanoseconds(now: now)
            let count = generator.number(in: 1...largest)
            bucket.take(count, now: now)
            takings.append(Taking(time: now, count: count))
        }
        for first in takings.indices {
            var sum = 0.0
            for last in first..<takings.count {
                let elapsed = Double(takings[last].time - takings[first].time)
                let budget = (elapsed + Double(TokenBucket.burstInNanoseconds)) / 1e9
                // What was taken last need not be paid yet.
                #expect(sum <= budget * Double(rate) + 1)
                sum += Double(takings[last].count)
            }
        }
    }

    @Test(arguments: seeds(count: 30))
    func whoAlwaysComesInTimeGetsTheWholeRate(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rate = generator.number(in: 1000...1_000_000_000)
        var bucket = TokenBucket(bytesPerSecond: rate)
        var (now, sum): (UInt64, Int) = (Self.second, 0)
        while now < 3 * Self.second {
            while bucket.waitInNanoseconds(now: now) == 0 {
                let count = generator.number(in: 1...max(2, rate / 50))
                bucket.take(count, now: now)
                sum += count
            }
            // Late by less than a burst, which is made up for.
            now += bucket.waitInNanoseconds(now: now)
            now += generator.next() % TokenBucket.burstInNanoseconds
        }
        let expected = Double(rate) * Double(now - Self.second) / 1e9
        #expect(Double(sum) >= expected * 0.999 - Double(rate) / 20)
    }

    @Test func timeThatNobodyUsedIsWorthABurstAndNoMore() {
        var bucket = TokenBucket(bytesPerSecond: 1_000_000)
        bucket.take(1, now: 0)
        let now = 3600 * Self.second
        bucket.take(50_000, now: now)
        #expect(bucket.waitInNanoseconds(now: now) == 0)
        bucket.take(1000, now: now)
        #expect(bucket.waitInNanoseconds(now: now) == 1_000_000)
        #expect(bucket.waitInNanoseconds(now: now + 400_000) == 600_000)
        #expect(bucket.waitInNanoseconds(now: now + 1_000_000) == 0)
    }

    @Test(arguments: [
        (1, 512), (10_000, 512), (20_000, 1000), (4_000_000, 200_000), (Int.max, Int.max / 20),
    ])
    func portionsAreTwentyASecondAndNeverTiny(_ rate: Int, _ portion: Int) {
        #expect(TokenBucket(bytesPerSecond: rate).portion == portion)
    }

    @Test func extremesDoNotOverflow() {
        var slow = TokenBucket(bytesPerSecond: 1)
        slow.take(.max, now: 0)
        #expect(slow.waitInNanoseconds(now: 0) == (1 << 33) * Self.second)
        var fast = TokenBucket(bytesPerSecond: .max)
        fast.take(.max, now: .max - 10)
        #expect(fast.waitInNanoseconds(now: .max - 10) == 0)
    }
}

import TestSupport
import Testing

@testable import ChunkStorage

/// A run as the policy sees it: so fast a store, so many threads, content of one kind.
private struct SimulatedRun {
    var threads = 2
    var senders = 6
    /// Stored bytes a second.
    var storeRate: Double
    /// Seconds a thread takes for a plain byte beside compressing it.
    var otherCost = 1.0 / 2e9
    /// Seconds for a plain byte at level 1.
    var firstCost = 1.0 / 400e6
    /// How much longer each level takes, and what part of the plain bytes is stored.
    var levels: [Int: (cost: Double, ratio: Double)] = [
        1: (1, 0.213), 3: (1.6, 0.195), 5: (2.8, 0.177), 6: (4.2, 0.170),
    ]

    /// What a minute at a level is like.
    /// - Parameter noise: multiplies times, to be between 0 and 1.
    func observe(_ level: Int, noise: Double = 1) -> LevelObservation {
        guard let (factor, ratio) = levels[level] else { return LevelObservation() }
        let cost = firstCost * factor
        let seconds = 60.0
        let plain = min(Double(threads) / (cost + otherCost), storeRate / ratio) * seconds
        let busy = plain * (cost + otherCost)
        let sending = min(1, plain * ratio / storeRate / seconds)
        return LevelObservation(
            seconds: seconds, threads: threads,
            waitingSeconds: (seconds * Double(threads) - busy) * noise,
            compressingSeconds: plain * cost, compressedBytes: plain, senders: senders,
            idleSeconds: seconds * Double(senders) * (1 - sending) * noise)
    }

    /// The share of the store's time that is not used at a level.
    func idling(_ level: Int) -> Double {
        let seen = observe(level)
        return seen.idleSeconds / seen.seconds / Double(senders)
    }
}

struct LevelPolicyTests {
    private static let levels = LevelPolicy.ladder.map(\.level)

    @Test func `the first level is 1`() {
        for threads in 1...64 { #expect(LevelPolicy(threads: threads).level == 1) }
    }

    @Test(arguments: seeds(count: 20))
    func `a store that is faster than the compressor keeps level 1`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Level 1 makes 142 MB/s of it with two threads.
        var run = SimulatedRun(storeRate: Double.random(in: 150e6...2e9, using: &generator))
        run.senders = generator.number(in: 1...6)
        var policy = LevelPolicy(threads: run.threads)
        for _ in 0..<200 {
            policy.take(
                run.observe(policy.level, noise: Double.random(in: 0...1, using: &generator)))
            #expect(policy.level == 1)
        }
    }

    @Test(arguments: [0.1e6, 1e6, 8e6, 12e6])
    func `a slow store gets the strongest level at once, and keeps it`(rate: Double) {
        let run = SimulatedRun(storeRate: rate)
        var policy = LevelPolicy(threads: run.threads)
        for _ in 0..<100 {
            policy.take(run.observe(policy.level))
            #expect(policy.level == policy.highest)
        }
    }

    @Test(arguments: stride(from: 20e6, through: 140e6, by: 5e6).map { $0 })
    func `in between it stays where the store has always enough to do`(rate: Double) {
        let run = SimulatedRun(storeRate: rate)
        var policy = LevelPolicy(threads: run.threads)
        for _ in 0..<100 { policy.take(run.observe(policy.level)) }
        let level = policy.level
        #expect(run.idling(level) < 0.25)
        // No level above it that would keep up with time to spare was left out.
        for stronger in Self.levels where stronger > level {
            let seen = run.observe(stronger)
            #expect(seen.waitingSeconds / seen.seconds / Double(run.threads) < 0.35)
        }
        for _ in 0..<100 {
            policy.take(run.observe(policy.level))
            #expect(policy.level == level)
        }
    }

    @Test(arguments: seeds(count: 40))
    func `whatever it sees it never leaves its levels, and changes seldom`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Costs that nobody told it, and a store that is a bit too fast for a level.
        var run = SimulatedRun(storeRate: Double.random(in: 1e6...200e6, using: &generator))
        for level in Self.levels.dropFirst() {
            run.levels[level] = (Double.random(in: 1...20, using: &generator), 0.2)
        }
        var policy = LevelPolicy(threads: run.threads)
        let rounds = 2000
        var changes = 0
        for _ in 0..<rounds {
            let before = policy.level
            policy.take(
                run.observe(before, noise: Double.random(in: 0.5...1, using: &generator)))
            #expect(Self.levels.contains(policy.level))
            if policy.level != before { changes += 1 }
        }
        // Each fall bars its level for twice as long as the last one did; a rise may take one
        // step, and the falls from it three.
        #expect(changes <= 4 * (6 + rounds / LevelPolicy.longestBar))
    }

    @Test(arguments: seeds(count: 20))
    func `observations without sense do no harm`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var policy = LevelPolicy(threads: generator.number(in: 1...16))
        for _ in 0..<1000 {
            func number() -> Double {
                generator.pick([0, 1e-9, 1, 1e9, Double.random(in: 0...100, using: &generator)])
            }
            var seen = LevelObservation(seconds: number(), threads: generator.number(in: 0...20))
            seen.waitingSeconds = number()
            seen.compressingSeconds = number()
            seen.compressedBytes = number()
            seen.senders = generator.number(in: 0...6)
            seen.idleSeconds = number()
            policy.take(seen)
            #expect((1...policy.highest).contains(policy.level))
        }
    }

    @Test func `a store that becomes fast gets level 1 again, and one that becomes slow not`() {
        let slow = SimulatedRun(storeRate: 2e6)
        let fast = SimulatedRun(storeRate: 1e9)
        var policy = LevelPolicy(threads: 2)
        policy.take(slow.observe(1))
        #expect(policy.level == policy.highest)
        var seen: [Int] = []
        for _ in 0..<4 {
            policy.take(fast.observe(policy.level))
            seen.append(policy.level)
        }
        #expect(seen == [5, 3, 1, 1])
        // The levels that were too strong are barred now, but not for ever.
        policy.take(slow.observe(1))
        #expect(policy.level == 1)
        for _ in 0..<LevelPolicy.longestBar { policy.take(slow.observe(policy.level)) }
        #expect(policy.level == policy.highest)
    }

    @Test func `a level that turns out too slow for the store is left, and left alone`() {
        var run = SimulatedRun(storeRate: 60e6)
        run.levels[3] = (12, 0.2)
        var policy = LevelPolicy(threads: 2)
        policy.take(run.observe(1))
        #expect(policy.level == 3)
        policy.take(run.observe(3))
        #expect(policy.level == 1)
        // It knows now what the level costs.
        for _ in 0..<1000 {
            policy.take(run.observe(policy.level))
            #expect(policy.level == 1)
        }
    }

    @Test func `a line on which there is nothing is enough to go down`() {
        let slow = SimulatedRun(storeRate: 2e6)
        var policy = LevelPolicy(threads: 2)
        policy.take(slow.observe(1))
        #expect(policy.level == policy.highest)
        var seen = LevelObservation(seconds: 10, threads: 2, senders: 1)
        for (empty, level) in [(0.5, 6), (1.5, 5), (0.5, 5), (9, 3), (2, 1), (10, 1)] {
            seen.emptySeconds = empty
            policy.take(seen)
            #expect(policy.level == level)
        }
        // Not while threads wait as well: they come in turns then.
        for _ in 0..<LevelPolicy.longestBar { policy.take(slow.observe(policy.level)) }
        seen.waitingSeconds = 1
        seen.emptySeconds = 5
        policy.take(seen)
        #expect(policy.level == policy.highest)
    }

    @Test func `the contexts of all threads stay within their bound`() throws {
        for threads in 1...56 {
            let highest = LevelPolicy(threads: threads).highest
            let step = try #require(LevelPolicy.ladder.first { $0.level == highest })
            #expect(step.contextInBytes * threads <= LevelPolicy.contextsInBytes)
        }
        #expect(LevelPolicy(threads: 2).highest == 6)
        #expect(LevelPolicy(threads: 9).highest == 6)
        #expect(LevelPolicy(threads: 16).highest == 3)
        #expect(LevelPolicy(threads: 1000).highest == 1)
    }
}

/// What was measured.
struct Measurement {
    /// The benchmark's name.
    let name: String
    /// What `amount` counts.
    let unit: WorkUnit
    /// How much one pass does.
    let amount: Int
    /// The times of the passes in nanoseconds, ascending; at least one.
    let nanoseconds: [UInt64]

    /// The middle one of the times; of an even number, the greater of the two in the middle.
    var median: UInt64 { nanoseconds[nanoseconds.count / 2] }
    /// The shortest time: what the machine can do when nothing disturbs it.
    var best: UInt64 { nanoseconds[0] }

    /// Bytes or operations a second.
    func throughput(_ nanoseconds: UInt64) -> UInt64 {
        // A pass of zero nanoseconds is one that the clock cannot see.
        UInt64(Double(amount) * 1e9 / Double(max(1, nanoseconds)))
    }
}

/// Repeats benchmarks until their times can be trusted.
struct BenchmarkRunner {
    /// The passes together take at least this long.
    let minimumMilliseconds: Int
    /// There are at least this many passes, so that a median exists.
    static let fewestPasses = 3
    /// Passes end after this many times the minimum, preparing included: on a slow disk the
    /// preparations of some benchmarks take longer than what they prepare.
    static let patience = 4

    /// Runs a benchmark: one pass to warm up, then passes until time and number suffice.
    /// - Throws: what the benchmark throws; `BenchmarkError` when its passes disagree.
    func run(_ benchmark: Benchmark) throws -> Measurement {
        let workload = try benchmark.makeWorkload()
        try workload.prepare()
        let expected = try workload.pass()
        let minimum = Duration.milliseconds(minimumMilliseconds)
        let beginning = ContinuousClock.now
        var times: [Duration] = []
        var total = Duration.zero
        while times.count < Self.fewestPasses
            || (total < minimum && ContinuousClock.now - beginning < minimum * Self.patience)
        {
            try workload.prepare()
            let start = ContinuousClock.now
            let result = try workload.pass()
            let time = ContinuousClock.now - start
            guard result == expected else {
                throw BenchmarkError(
                    description: "\(benchmark.name): pass \(times.count + 1) gave \(result),"
                        + " expected \(expected)")
            }
            times.append(time)
            total += time
        }
        return Measurement(
            name: benchmark.name, unit: benchmark.unit, amount: workload.amount,
            nanoseconds: times.map(Self.nanoseconds).sorted())
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}

/// What the amount of work of a benchmark is counted in.
enum WorkUnit: String {
    /// Plain bytes that go through the code under measurement.
    case bytes
    /// Lookups, entries, chunks, files or objects, as the benchmark's name says.
    case operations
}

/// One piece of work, ready to be repeated.
struct Workload {
    /// How much a pass does, in the benchmark's unit.
    let amount: Int
    /// Brings everything into the state that a pass begins with; its time is not counted.
    var prepare: () throws -> Void = {}
    /// Does the work once.
    ///
    /// Returns a number that depends on the result. All passes must return the same: a pass that
    /// did something else measures something else, and an optimiser cannot drop what is returned.
    let pass: () throws -> UInt64
}

/// Something to measure.
struct Benchmark {
    /// Unique; the part before the slash names the area.
    let name: String
    /// What its throughput is counted in.
    let unit: WorkUnit
    /// Makes the input; called only when the benchmark is to run.
    let makeWorkload: () throws -> Workload

    /// A benchmark that makes its input with `makeWorkload`.
    init(_ name: String, _ unit: WorkUnit, makeWorkload: @escaping () throws -> Workload) {
        self.name = name
        self.unit = unit
        self.makeWorkload = makeWorkload
    }
}

/// A benchmark that did not do what it should have measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}

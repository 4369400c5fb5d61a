// Measures the parts of varve on which its speed depends, and snapshot and restore of a small
// tree. For comparing whole commands with other tools there is compare.sh beside this folder.
//
//     swift run -c release VarveBenchmarks [--json] [--list] [--minimum-time MS] [FILTER]...

internal import ArgumentParser

struct VarveBenchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "VarveBenchmarks", abstract: "Measure varve.",
        subcommands: [
            PartsCommand.self, TransferCommand.self, MarkCommand.self, IndexCommand.self,
            BytesCommand.self,
        ],
        defaultSubcommand: PartsCommand.self)
}

struct PartsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parts", abstract: "Measure the parts of varve.",
        discussion: """
            Each benchmark runs once to warm up, then until its passes took the minimum time, \
            three times at least. The files that some of them need go into the folder that \
            TMPDIR names; with TMPDIR=/dev/shm no disk takes part. Figures of a debug build, or \
            of a busy machine, mean nothing.
            """)

    @Flag(help: "Print one JSON object per line.")
    var json = false

    @Flag(help: "Print the names of the benchmarks and run none.")
    var list = false

    @Option(help: "Milliseconds that the passes of a benchmark take at least.")
    var minimumTime = 600

    @Argument(help: "Run only benchmarks whose name contains one of these texts.")
    var filter: [String] = []

    func validate() throws {
        guard (0...600_000).contains(minimumTime) else {
            throw ValidationError("--minimum-time is 0 to 600000 milliseconds")
        }
    }

    func run() throws {
        let folder = try TemporaryFolder()
        defer { remove(folder) }
        let all =
            ChunkingBenchmarks.all() + CodecBenchmarks.all() + IndexBenchmarks.all()
            + ListingBenchmarks.all() + StoreBenchmarks.all(in: folder)
            + TreeBenchmarks.all(in: folder)
        let chosen = all.filter { benchmark in
            filter.isEmpty || filter.contains { benchmark.name.contains($0) }
        }
        guard !chosen.isEmpty else { throw ValidationError("no benchmark has such a name") }
        if list {
            for benchmark in chosen { print(benchmark.name) }
            return
        }
        warnIfDebug()
        let report = Report(isJSON: json)
        let runner = BenchmarkRunner(minimumMilliseconds: minimumTime)
        report.begin()
        for benchmark in chosen { report.show(try runner.run(benchmark)) }
    }

    private func warnIfDebug() {
        #if DEBUG
        Report.warn("this is a debug build; build with -c release")
        #endif
    }

    private func remove(_ folder: TemporaryFolder) {
        do {
            try folder.removeAll()
        } catch {
            Report.warn("cannot remove the temporary folder: \(error)")
        }
    }
}

VarveBenchmarks.main()

internal import ArgumentParser
import Checking
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

struct CheckCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Find out whether everything can be restored.",
        discussion: """
            Looks at every manifest, listing, index table and pack trailer. Only with --read-data \
            or --read-data-subset is the data itself read.
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Read and verify all data.")
    var readData = false

    @Option(help: "Read and verify a part of the data: 10%, 1/5 (the first of five), or 2GiB.")
    var readDataSubset: String?

    func validate() throws {
        if readData, readDataSubset != nil {
            throw ValidationError("--read-data and --read-data-subset exclude each other")
        }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let depth = try readDataSubset.map(Self.parse) ?? (readData ? .allData : .structure)
        let repository = try RepositoryLocator(global).open(usesCache: false).repository
        let checker = Checker(
            repository: repository, depth: depth, cancellation: ProcessSettings.cancellation
        ) { Self.show($0, console) }
        let report = try checker.run()
        console.line(
            HumanText.count(report.snapshots, "snapshot", "snapshots") + ", "
                + HumanText.count(report.packs, "pack", "packs") + " (\(report.packsRead) read), "
                + HumanText.count(report.chunks, "chunk", "chunks") + ": "
                + (report.errors == 0
                    ? "no errors" : HumanText.count(report.errors, "error", "errors")))
        console.event("summary") { writer in
            writer.key("errors")
            writer.number(report.errors)
            writer.key("snapshots")
            writer.number(report.snapshots)
            writer.key("packs")
            writer.number(report.packs)
            writer.key("packsRead")
            writer.number(report.packsRead)
            writer.key("chunks")
            writer.number(report.chunks)
        }
        return report.errors == 0 ? .done : .damaged
    }

    static func parse(_ text: String) throws -> CheckDepth {
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
            return .percent(percent)
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), count > 0,
            (1...count).contains(number)
        {
            return .group(number: number, of: count)
        }
        if let bytes = HumanText.parse(bytes: text), bytes > 0 { return .bytes(bytes) }
        throw Failure(
            usage: "\"\(text)\" is no part of the data",
            remedy: "varve check --read-data-subset 10%, 1/5 or 2GiB")
    }

    private static func show(_ event: CheckEvent, _ console: Console) {
        switch event {
        case .progress(let packs, let count): console.progress("\(packs) of \(count) packs")
        case .notice(let text): console.notice(text)
        case .problem(let problem):
            let place = problem.snapshot.map { "snapshot \("\($0)".prefix(8)): " } ?? ""
            console.line("\(place)\(problem.subject): \(problem.reason)")
            console.event("problem") { writer in
                writer.key("kind")
                writer.string(problem.kind.rawValue)
                writer.key("subject")
                writer.string(problem.subject)
                if let snapshot = problem.snapshot {
                    writer.key("snapshot")
                    writer.string("\(snapshot)")
                }
                writer.key("reason")
                writer.string(problem.reason)
            }
        }
    }
}

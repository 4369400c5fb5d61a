internal import ArgumentParser
import ChunkMarking
import ChunkStorage
import DirectoryStore
import FileHandles
import Foundation
import Pruning
import RepositoryAccess

/// Makes a repository for marking, or marks one and tells what that took. Two commands, so that the
/// peak memory is that of marking alone (measure-marking.sh).
struct MarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark", abstract: "Make a large repository without data, or mark it.")

    enum Action: String, ExpressibleByArgument { case make, run }

    @Argument(help: "make or run.")
    var action: Action

    @Argument(help: "The folder of the repository; for make it must not exist.")
    var folder: String

    @Option(help: "For make: how many files.")
    var files = 1_000_000

    @Option(help: "For make: how many chunks each file has.")
    var chunksPerFile = 1

    @Option(help: "For make: how many snapshots.")
    var snapshots = 5

    @Flag(help: "For run: read as from a network.")
    var network = false

    @Option(help: "For run: how many threads, instead of the usual number.")
    var threads: Int?

    @Option(help: "For run: MiB in flight, instead of the usual number.")
    var inFlight: Int?

    private var settings: MarkSettings {
        var settings: MarkSettings = network ? .network : .local
        if let threads { settings.threadCount = threads }
        if let inFlight { settings.bytesInFlight = inFlight * 1024 * 1024 }
        return settings
    }

    func run() throws {
        // As the tool does.
        ProcessLimits.shareHeaps()
        let path = Array(folder.utf8)
        switch action {
        case .make:
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            var repository = MarkingRepository(
                store: DirectoryStore(path: path), chunksPerFile: chunksPerFile)
            try repository.make(files: files, snapshots: snapshots)
        case .run: try mark(DirectoryStore(path: path))
        }
    }

    /// The memory of this process now, as Linux tells it: peak, own, and mapped from files.
    private func memory() -> String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").filter { line in
            ["VmHWM", "RssAnon", "RssFile"].contains { line.hasPrefix($0) }
        }.joined(separator: ", ")
    }

    private func mark(_ store: DirectoryStore) throws {
        let repository = try Repository.open(in: store)
        var clock = ContinuousClock.now
        func lap(_ name: String) {
            let time = ContinuousClock.now - clock
            print("\(name): \(time); \(memory())")
            clock = ContinuousClock.now
        }
        let index = try repository.openIndex()
        lap("open \(index.tables.count) tables")
        let manifests = try repository.loadManifests().manifests
        lap("load \(manifests.count) manifests")
        let marker = Marker(store: store, index: index, settings)
        let report = try marker.mark(manifests)
        lap("mark \(report.entries) entries, \(marker.marks.neededCount) chunks")
        guard report.isComplete else { throw BenchmarkError(description: "\(report)") }
        let usages = try UsageCounter.count(marker.marks) { _ in true }
        lap("count the usage of \(usages.count) packs")
        let plan = PrunePlanner.plan(
            usages, PrunePolicy(packTargetInBytes: 32 * 1024 * 1024))
        lap("plan: \(plan.deletes.count) deletes, \(plan.repacks.count) repacks")
        let victims = Set(plan.victims)
        let selection = try CopySelection(marker.marks) { victims.contains($0) ? .goes : .stays }
        lap("select \(selection.count) chunks to copy")
    }
}

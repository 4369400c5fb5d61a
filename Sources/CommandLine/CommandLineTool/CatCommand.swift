internal import ArgumentParser
import ChunkStorage
import ObjectStore
import RepositoryAccess
import SnapshotModel
import WorkerThreads

struct CatCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Print a file of a snapshot.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "The snapshot, a colon, and the file's path within it.")
    var snapshot: SnapshotArgument

    mutating func run(_ console: Console) throws -> ExitCode {
        let open = try RepositoryLocator(global).open()
        let opened = try OpenSnapshot(snapshot, filter.filter, in: open.repository)
        guard case .file(let content) = opened.entry.kind else {
            throw Failure(
                usage: "\"\(opened.entry.name.display)\" is no regular file",
                remedy: "varve ls \(snapshot.snapshot)")
        }
        try opened.reader.loader.read(content) { bytes in
            try ProcessSettings.cancellation.check()
            console.output(bytes)
        }
        console.detail("\(open.store.meter.traffic)")
        return .done
    }
}

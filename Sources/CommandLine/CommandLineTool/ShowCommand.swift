internal import ArgumentParser
import FileTree
import ObjectStore
import RepositoryAccess

struct ShowCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the manifest of a snapshot: one JSON object.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "The snapshot.")
    var snapshot: String

    mutating func run(_ console: Console) throws -> ExitCode {
        let repository = try RepositoryLocator(global).open().repository
        let manifest = try repository.findSnapshot(
            snapshot, filter.filter, now: Machine.now())
        let document = try repository.document(of: manifest)
        console.output(document.bytes)
        return .done
    }
}

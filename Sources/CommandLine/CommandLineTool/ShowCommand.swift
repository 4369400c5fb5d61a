internal import ArgumentParser
import Cryptography
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

struct ShowCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the manifest of a snapshot: one JSON object.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "The snapshot.")
    var snapshot: String

    mutating func run(_ console: Console) throws -> ExitCode {
        let (repository, _) = try RepositoryLocator(global).open()
        let manifest = try repository.findSnapshot(snapshot, filter.filter)
        // Encoding is canonical, so these are the stored bytes.
        console.output(DocumentCodec.encode(manifest, hash: SHA256.digest))
        return .done
    }
}

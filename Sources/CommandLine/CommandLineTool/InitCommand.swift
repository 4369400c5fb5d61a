internal import ArgumentParser
import DirectoryStore
import ObjectStore
import RepositoryFormat
import SnapshotModel

struct InitCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a repository.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Store everything unencrypted; the only kind that this version makes.")
    var unencrypted = false

    @Option(help: "The average size of chunks, a power of two from 4KiB to 4MiB.")
    var chunkSize: String?

    mutating func run(_ console: Console) throws -> ExitCode {
        let average = try chunkSize.map(Self.parse)
        let locator = try RepositoryLocator(global)
        let store = try locator.openStore()
        let description = RepositoryLocator.newDescription(averageChunkInBytes: average)
        try locator.make(description, in: store)
        console.line("created an unencrypted repository in \(store.objects.location)")
        store.warnIfPublic(console)
        store.tidyUp(console)
        console.event("summary") { writer in
            writer.key("repository")
            writer.string(store.objects.location)
            writer.key("id")
            writer.string("\(description.id)")
        }
        return .done
    }

    private static func parse(_ text: String) throws -> Int {
        guard let size = HumanText.parse(bytes: text), size & (size &- 1) == 0,
            size >= UInt64(FormatLimits.smallestAverageInBytes),
            size <= UInt64(FormatLimits.largestAverageInBytes)
        else {
            throw Failure(
                usage: "\"\(text)\" is no chunk size: a power of two from 4KiB to 4MiB",
                remedy: "varve init --chunk-size 16KiB")
        }
        return Int(size)
    }
}

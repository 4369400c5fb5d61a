internal import ArgumentParser
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

struct ListCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the snapshots, oldest first.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Option(help: "Only so many of the newest.")
    var last: Int?

    @Flag(help: "List the snapshots that are forgotten and not deleted yet.")
    var forgotten = false

    func validate() throws {
        if let last, last < 1 { throw ValidationError("--last needs a number from 1 on") }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let repository = try RepositoryLocator(global).open().repository
        let (manifests, damaged) =
            try forgotten ? repository.loadForgotten() : repository.loadManifests()
        let matching = manifests.filter(filter.filter.matches)
        for manifest in matching.suffix(last ?? matching.count) { show(manifest, console) }
        for manifest in damaged {
            console.warning("\(manifest.key) is damaged: \(manifest.reason)")
        }
        console.event("summary") { writer in
            writer.key("snapshots")
            writer.number(UInt64(min(last ?? matching.count, matching.count)))
            writer.key("damaged")
            writer.number(UInt64(damaged.count))
        }
        return damaged.isEmpty ? .done : .damaged
    }

    private func show(_ manifest: Manifest, _ console: Console) {
        let paths = manifest.paths.map { DisplayText.escape($0) }.joined(separator: " ")
        // Whoever wrote the manifest chose these words: they must not command a terminal.
        let host = DisplayText.escape(manifest.host.utf8)
        let words = manifest.tags.map { DisplayText.escape($0.utf8) }.joined(separator: ", ")
        let tags = words.isEmpty ? "" : "  [\(words)]"
        console.line(
            "\("\(manifest.id)".prefix(8))  \(HumanText.time(manifest.time))  \(host)  "
                + "\(HumanText.bytes(manifest.counts.bytes))  "
                + paths + tags)
        console.event("snapshot") { writer in
            writer.snapshot(
                manifest.id, time: manifest.time, host: manifest.host, paths: manifest.paths,
                tags: manifest.tags)
            writer.key("bytes")
            writer.number(manifest.counts.bytes)
            writer.key("files")
            writer.number(manifest.counts.files)
        }
    }
}

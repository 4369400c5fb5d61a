internal import ArgumentParser
import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

struct LsCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List what a folder of a snapshot holds.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "The snapshot, and behind a colon the path within it.")
    var snapshot: SnapshotArgument

    @Flag(name: [.customShort("R"), .long], help: "List all folders below, too.")
    var recursive = false

    @Flag(name: .shortAndLong, help: "Show mode, owner, size and time.")
    var long = false

    mutating func run(_ console: Console) throws -> ExitCode {
        let open = try RepositoryLocator(global).open()
        let opened = try OpenSnapshot(snapshot, filter.filter, in: open.repository)
        var count: UInt64 = 0
        switch opened.entry.kind {
        case .directory(let listing):
            try show(listing, path: [], opened.reader, console, &count)
        default: show(opened.entry, path: opened.entry.name.bytes, console, &count)
        }
        console.detail("\(open.store.meter.traffic)")
        console.event("summary") { writer in
            writer.key("entries")
            writer.number(count)
        }
        return .done
    }

    private func show(
        _ listing: Content, path: [UInt8], _ reader: TreeReader, _ console: Console,
        _ count: inout UInt64
    ) throws {
        try reader.forEachEntry(of: listing, path: path) { entry in
            let entryPath = path + (path.isEmpty ? [] : [UInt8(ascii: "/")]) + entry.name.bytes
            show(entry, path: entryPath, console, &count)
            if recursive, case .directory(let content) = entry.kind {
                try show(content, path: entryPath, reader, console, &count)
            }
        }
    }

    private func show(
        _ entry: Entry, path: [UInt8], _ console: Console, _ count: inout UInt64
    ) {
        count += 1
        if console.isJSON {
            console.event("entry") { $0.entry(entry, path: path) }
            return
        }
        var line: [UInt8] = []
        if long { line += Array(HumanText.details(entry).utf8) }
        // A pipe gets the name's own bytes; a terminal gets nothing that could command it.
        line += console.isTerminal ? Array(DisplayText.escape(path).utf8) : path
        if long, case .symlink(let target) = entry.kind {
            line += Array(" -> \(DisplayText.escape(target))".utf8)
        }
        console.output(line + [UInt8(ascii: "\n")])
    }
}

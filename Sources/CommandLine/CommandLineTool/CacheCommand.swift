internal import ArgumentParser
import FileHandles
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import StatCaching
import StoreCache

struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Show or remove what varve keeps on the local disk.",
        discussion: """
            The caches only make things faster. They may be removed at any time: what is needed \
            is read from the repository again, and the next snapshot reads all files.
            """,
        subcommands: [CacheStatusCommand.self, CacheClearCommand.self])
}

struct CacheStatusCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the caches come to.")

    @OptionGroup var global: GlobalOptions

    mutating func run(_ console: Console) throws -> ExitCode {
        let directory = try ProcessEnvironment.cacheDirectory()
        let stores = CacheTree.status(cacheDirectory: directory)
        let rows = [
            ("indexes", "index tables", stores.indexes),
            ("manifests", "manifests", stores.manifests),
            ("listings", "listings", stores.listings),
            ("condemned", "condemned", stores.condemned),
            ("verified", "verified", TableMemory.files(in: directory).usage),
            ("sources", "stat caches", FolderCaches.usage(cacheDirectory: directory)),
            ("sessions", "sessions", StandingSession.files(in: directory).usage),
            ("endpoints", "endpoints", RememberedEndpoint.usage(cacheDirectory: directory)),
        ]
        var total = FolderUsage()
        for (kind, label, usage) in rows {
            total += usage
            show(label, usage, console)
            console.event("cache") { writer in
                writer.key("kind")
                writer.string(kind)
                usage.append(to: &writer)
            }
        }
        show("together", total, console)
        let path = DisplayText.escape(directory)
        console.line("in \(path)")
        console.event("summary") { writer in
            writer.key("directory")
            writer.string(path)
            total.append(to: &writer)
        }
        return .done
    }

    private func show(_ label: String, _ usage: FolderUsage, _ console: Console) {
        let padding = String(repeating: " ", count: max(1, 14 - label.count))
        console.line("\(label):\(padding)\(usage.text)")
    }
}

struct CacheClearCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "Remove all caches.")

    @OptionGroup var global: GlobalOptions

    mutating func run(_ console: Console) throws -> ExitCode {
        let directory = try ProcessEnvironment.cacheDirectory()
        var removed = CacheTree.clear(cacheDirectory: directory)
        removed += TableMemory.files(in: directory).clear()
        removed += FolderCaches.clear(cacheDirectory: directory)
        removed += StandingSession.files(in: directory).clear()
        removed += RememberedEndpoint.clear(cacheDirectory: directory)
        // What is left could not be removed; files that are not ours are not counted.
        var left = CacheTree.status(cacheDirectory: directory).total
        left += TableMemory.files(in: directory).usage
        left += FolderCaches.usage(cacheDirectory: directory)
        left += StandingSession.files(in: directory).usage
        left += RememberedEndpoint.usage(cacheDirectory: directory)
        if left.files > 0 {
            throw Failure(
                .failed, "cannot remove all caches in \(DisplayText.escape(directory))",
                "\(left.text) left", "check who owns them")
        }
        console.line("removed \(removed.text)")
        console.event("summary") { removed.append(to: &$0) }
        return .done
    }
}

extension FolderUsage {
    fileprivate var text: String {
        "\(HumanText.count(files, "file", "files")), \(HumanText.bytes(bytes))"
    }

    fileprivate func append(to writer: inout JSONWriter) {
        writer.key("files")
        writer.number(files)
        writer.key("bytes")
        writer.number(bytes)
    }
}

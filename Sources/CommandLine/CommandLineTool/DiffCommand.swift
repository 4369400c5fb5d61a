internal import ArgumentParser
import ChunkStorage
import Comparing
import FileCutting
import FileHandles
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

struct DiffCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what differs between two snapshots, or between one and a folder.",
        discussion: """
            Signs: + added, - removed, C other content, M other mode, owner, time or attributes, \
            T other type, R renamed.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions

    @Argument(help: "The old snapshot, and behind a colon the path within it.")
    var snapshot: SnapshotArgument

    @Argument(help: "The new snapshot, likewise.")
    var other: SnapshotArgument?

    @Option(name: .customLong("with"), help: "Compare with what this folder holds now.")
    var folder: String?

    @Flag(
        help: "With a folder: read also the files whose size and time are those of the snapshot.")
    var contents = false

    func validate() throws {
        if (other == nil) == (folder == nil) {
            throw ValidationError("diff needs either a second snapshot or --with DIR")
        }
        if contents, folder == nil { throw ValidationError("--contents needs --with DIR") }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        let locator = try RepositoryLocator(global)
        let open = try locator.open()
        let old = try OpenSnapshot(snapshot, filter.filter, in: open.repository)
        let new =
            try other.map { try side($0, old, open) }
            ?? side(folder ?? "", old, locator, open, console)
        var settings = CompareSettings(cancellation: ProcessSettings.cancellation)
        settings.trustsTimes = !contents
        let output = DiffOutput(console: console)
        let differ = TreeDiffer(
            old: SnapshotTree(old.reader, below: snapshot.path), new: new.tree, settings
        ) { output.show($0) }
        let counts = try differ.compare(old.entry, with: new.entry)
        let unreadable = counts.unreadable + new.unreadable.count
        if counts.damaged > 0 { for shared in new.shared { try shared.checkLosses() } }
        open.store.tidyUp(console)
        let traffic = open.store.meter.traffic
        console.detail("\(traffic)")
        output.show(counts, unreadable: unreadable, traffic, stopwatch)
        return counts.damaged > 0 ? .damaged : unreadable > 0 ? .incomplete : .done
    }

    /// What the old snapshot is compared with.
    private struct Side {
        let tree: any ComparedTree
        let entry: Entry
        let shared: [ChunkLoader.Shared]
        let unreadable: ProblemCount
    }

    /// Counts paths whose attributes cannot be read.
    private final class ProblemCount {
        var count: UInt64 = 0
    }

    private func side(
        _ other: SnapshotArgument, _ old: OpenSnapshot, _ open: OpenRepository
    ) throws -> Side {
        let new = try OpenSnapshot(other, filter.filter, in: open.repository)
        return Side(
            tree: SnapshotTree(new.reader, below: other.path), entry: new.entry,
            shared: [old.reader.loader.shared, new.reader.loader.shared],
            unreadable: ProblemCount())
    }

    private func side(
        _ folder: String, _ old: OpenSnapshot, _ locator: RepositoryLocator,
        _ open: OpenRepository, _ console: Console
    ) throws -> Side {
        guard case .directory = old.entry.kind else {
            throw Failure(
                usage: "\(old.entry.name.display) is no folder, so it cannot be compared with one",
                remedy: "varve diff \(snapshot.snapshot):FOLDER --with DIR")
        }
        let path = RawArguments.absolutePath(folder)
        let root: FileHandle
        do {
            root = try FileHandle.openDirectory(path: path)
        } catch {
            throw Failure(
                .failed, "cannot compare with \(DisplayText.escape(path))", error.reason,
                "check the path")
        }
        let problems = ProblemCount()
        let loader = old.reader.loader
        let tree = LocalTree(
            root, loader, FileCutters(open.repository.description.chunking),
            skipping: try Self.ownFolders(locator), cancellation: ProcessSettings.cancellation
        ) { path, reason in
            problems.count += 1
            console.problem("unreadable", DiffOutput.path(path), reason)
        }
        return Side(
            tree: tree, entry: try tree.rootEntry(), shared: [loader.shared],
            unreadable: problems)
    }

    /// The repository and the cache folder, which no snapshot takes.
    private static func ownFolders(_ locator: RepositoryLocator) throws -> Set<FileIdentity> {
        let paths = try locator.ownDirectories() + [ProcessEnvironment.cacheDirectory()]
        var found: Set<FileIdentity> = []
        for path in paths {
            do throws(SystemCallError) {
                let status = try FileStatus.of(path: path, followsLinks: true)
                found.insert(FileIdentity(status))
            } catch {
                // What is not there needs no skipping.
                guard error.isNoEntry else { throw error }
            }
        }
        return found
    }
}

internal import ArgumentParser
import RepositoryAccess
import Restoring
import SnapshotModel

struct RestoreCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Write a snapshot, or a part of it, into a folder.",
        discussion: """
            A folder's content goes into DIR itself, so that DIR becomes equal to it; a file goes \
            into DIR under its own name. What DIR holds already is not fetched again. What was \
            changed there since it was restored or taken last is kept beside the snapshot's, and \
            what the snapshot does not have stays unless --delete is given.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup var options: RestoreOptions

    @Argument(help: "The snapshot, and behind a colon the path within it.")
    var snapshot: SnapshotArgument

    @Option(help: "The folder to write into.")
    var to: String

    @Option(help: "When what is there gives way: always, if-changed, if-newer or never.")
    var overwrite = OverwritePolicy.ifChanged

    @Flag(help: "Delete what the snapshot does not have.")
    var delete = false

    @Flag(help: "Delete also in a folder that nothing says it should be done in.")
    var force = false

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        let open = try RepositoryLocator(global).open()
        let opened = try OpenSnapshot(snapshot, filter.filter, in: open.repository)
        var settings = options.settings(
            target: RawArguments.absolutePath(to), opened.manifest, subpath: snapshot.path,
            open.store)
        settings.overwrite = overwrite
        settings.deletion = delete ? .everything : .nothing
        settings.forcesDeletion = force
        return try RestoreRun(console: console, stopwatch: stopwatch, place: to).run(
            opened.entry, of: opened.manifest, opened.index, in: open, settings)
    }
}

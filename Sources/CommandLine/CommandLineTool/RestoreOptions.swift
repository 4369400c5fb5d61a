internal import ArgumentParser
import FileHandles
import FileTree
import Restoring
import SnapshotModel

/// Options of every command that writes a snapshot into a folder.
struct RestoreOptions: ParsableArguments {
    @Option(
        help: """
            What becomes of an entry that was changed in the folder since it was restored or taken \
            last: keep it, replace it, or keep both.
            """)
    var onConflict = ConflictPolicy.both

    @Option(
        help: "Another folder whose files may have some of the data; may be given several times.")
    var seed: [String] = []

    @Flag(help: "Only show what would be done.")
    var dryRun = false

    @Flag(help: "Read everything back at the end, and compare.")
    var verify = false

    @Flag(help: "Set no owners: everything belongs to who restores it.")
    var noOwner = false

    @Flag(help: "Set owners by number, also where the snapshot has a name for it.")
    var numericOwner = false

    @Flag(help: "Set no extended attributes and no access control lists.")
    var noXattrs = false

    @Flag(help: "Set no flags such as immutable, and leave those that are there.")
    var noFlags = false

    @Flag(help: "Write long runs of zeros as holes.")
    var sparse = false

    func validate() throws {
        if noOwner, numericOwner {
            throw ValidationError("--no-owner and --numeric-owner exclude each other")
        }
    }

    /// The settings of a restore into a folder.
    func settings(
        target: [UInt8], _ manifest: Manifest, subpath: [FileName], _ store: OpenStore
    ) -> RestoreSettings {
        var settings = RestoreSettings(
            target: target, time: Machine.now(), cancellation: ProcessSettings.cancellation)
        settings.onConflict = onConflict
        settings.seeds = seed.map(RawArguments.absolutePath)
        settings.isDryRun = dryRun
        settings.verifies = verify
        settings.makesHoles = sparse
        settings.owners = noOwner ? .none : numericOwner ? .byNumber : .byName
        settings.setsAttributes = !noXattrs
        settings.setsFlags = !noFlags
        settings.reading = store.bucket.map { .network(connections: $0.connections) } ?? .local
        settings.manifest = manifest
        settings.subpath = subpath
        settings.protectedFolders = ProcessEnvironment.homeFolder.map { [$0] } ?? []
        // Without a place for caches nothing is remembered; everything else goes on.
        if let cache = try? ProcessEnvironment.cacheDirectory() {
            settings.memory = RestoreMemory(
                cacheDirectory: cache, host: Machine.hostName(), subpath: subpath)
        }
        return settings
    }
}

extension OverwritePolicy: ExpressibleByArgument {}
extension ConflictPolicy: ExpressibleByArgument {}

internal import ArgumentParser
import ChunkMarking
import ChunkStorage
import FileTree
import ObjectStore
import Pruning
import RepositoryAccess
import SnapshotModel

/// How much a prune may leave, and copy.
struct PruneOptions: ParsableArguments {
    // What follows such an option is its value, also with a minus in front, so that it is named.

    @Option(
        parsing: .unconditional,
        help: """
            How much may be unused afterwards: part of the rest, size, or "unlimited". \
            (default: 5%)
            """,
        transform: OptionValue.maximumUnused)
    var maxUnused: PrunePolicy.MaximumUnused?

    @Option(
        parsing: .unconditional, help: "How much to copy at most, such as 2GiB.",
        transform: OptionValue.size)
    var maxRepack: UInt64?

    @Option(
        parsing: .unconditional,
        help:
            "How long forgotten snapshots keep their data: 0, or such as 36h or 3d. (default: 24h)",
        transform: OptionValue.seconds)
    var grace: Int64?

    /// Whether there is anything that only a prune has a use for.
    var isGiven: Bool { maxUnused != nil || maxRepack != nil || grace != nil }

    /// Prunes a repository.
    func prune(
        _ open: OpenRepository, dryRun: Bool, _ console: Console
    ) throws -> PruneReport {
        let isRemote = open.store.bucket != nil
        let uploads: UploadSettings = isRemote ? .network : .directory
        var settings = PruneSettings(
            policy: PrunePolicy(
                maximumUnused: maxUnused ?? PrunePolicy.usualMaximumUnused,
                maximumRepackInBytes: maxRepack,
                packTargetInBytes: UInt64(uploads.packTargetInBytes)),
            marking: isRemote ? .network : .local, uploads: uploads)
        settings.marking.cancellation = ProcessSettings.cancellation
        settings.graceInSeconds = grace ?? PruneSettings.usualGraceInSeconds
        settings.isDryRun = dryRun
        var session = try ProcessSettings.session(open.store)
        session.standing = try open.standingSession()
        let pruner = Pruner(
            repository: open.repository, meter: open.store.meter, settings: settings,
            environment: session, now: Machine.now,
            report: { event in
                switch event {
                case .step(let text): console.progress(text)
                case .warning(let text): console.warning(text)
                }
            })
        return try pruner.run()
    }
}

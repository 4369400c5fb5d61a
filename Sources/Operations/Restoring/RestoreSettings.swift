package import SnapshotModel
package import WorkerThreads

/// What a restore is to write, and where.
package struct RestoreSettings: Sendable {
    /// The directory to write into, absolute; it is made when it does not exist.
    package var target: [UInt8]
    /// When an entry at the target gives way to the snapshot's.
    package var overwrite = OverwritePolicy.ifChanged
    /// What becomes of entries that were changed at the target.
    package var onConflict = ConflictPolicy.both
    /// What is removed that the snapshot does not have.
    package var deletion = DeletionPolicy.nothing
    /// Other folders whose files may have some of the chunks, absolute.
    package var seeds: [[UInt8]] = []
    /// Whether only to find out what would be done.
    package var isDryRun = false
    /// Whether to read everything back at the end.
    package var verifies = false
    /// To whom everything belongs.
    package var owners = OwnerPolicy.byName
    /// Whether extended attributes are set, access control lists among them.
    package var setsAttributes = true
    /// Whether flags are set.
    package var setsFlags = true
    /// Finds users and groups by their names.
    package var accounts = AccountLookup.ofThisMachine
    /// Whether long runs of zeros become holes.
    package var makesHoles = false
    /// How many threads decompress, verify and write.
    package var workerCount: Int
    /// How to read from the store.
    package var reading = ReadSettings.network
    /// The snapshot that is restored, where one is.
    package var manifest: Manifest?
    /// What of the snapshot goes into the target: components; empty for all of it.
    package var subpath: [FileName] = []
    /// Where to remember what was written; `nil` remembers nothing.
    package var memory: RestoreMemory?
    /// Folders whose other entries are never deleted, absolute, unless that is forced: the home
    /// folder.
    package var protectedFolders: [[UInt8]] = []
    /// Whether entries may be deleted also where it looks wrong.
    package var forcesDeletion = false
    /// When the restore began, for the names of what has to make room.
    package var time: Timestamp
    /// Asks the run to stop.
    package var cancellation: Cancellation

    /// Settings with the usual values for all that is not given.
    package init(
        target: [UInt8], workerCount: Int = processorCount(),
        time: Timestamp = Timestamp(seconds: 0, nanoseconds: 0),
        cancellation: Cancellation = Cancellation()
    ) {
        self.target = target
        self.workerCount = workerCount
        self.time = time
        self.cancellation = cancellation
    }
}

/// Where a restore remembers what it wrote.
package struct RestoreMemory: Sendable {
    /// The directory for caches, absolute.
    package let cacheDirectory: [UInt8]
    /// The host's name, as snapshots of this machine have it.
    package let host: String
    /// What of the snapshot goes into the target: components; empty for all of it.
    package let subpath: [FileName]

    /// Where to remember a restore.
    package init(cacheDirectory: [UInt8], host: String, subpath: [FileName]) {
        self.cacheDirectory = cacheDirectory
        self.host = host
        self.subpath = subpath
    }
}

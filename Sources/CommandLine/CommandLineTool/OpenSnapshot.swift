import ChunkStorage
import FileTree
import RepositoryAccess
import SnapshotModel
import Synchronization
import WorkerThreads

/// A snapshot with the entry that a `SNAPSHOT:PATH` argument names.
struct OpenSnapshot {
    let manifest: Manifest
    let index: ChunkIndex
    let reader: TreeReader
    let entry: Entry

    /// How much of the listings comes with one request: a path leads through several of them, and
    /// fetching so much takes no longer than two requests more, 70 ms at 30 MB/s.
    private static let metadataWindowInBytes = 2 * 1024 * 1024

    init(
        _ argument: SnapshotArgument, _ filter: SnapshotFilter, in repository: Repository
    ) throws {
        // Both take their time on a network. A table that came between is found by another LIST.
        let opened = Mutex<ChunkIndex?>(nil)
        manifest = try withThreads { threads in
            threads.spawn {
                let index = try repository.openIndex()
                opened.withLock { $0 = index }
            }
            return try repository.findSnapshot(argument.snapshot, filter, now: Machine.now())
        }
        guard let index = opened.withLock({ $0 }) else {
            preconditionFailure("a thread without an error has left no index")
        }
        self.index = index
        let shared = repository.makeLoaders(for: manifest, index)
        reader = TreeReader(
            try ChunkLoader(shared, metadataWindowInBytes: Self.metadataWindowInBytes))
        entry = try reader.entry(at: argument.path, in: manifest.root)
    }
}

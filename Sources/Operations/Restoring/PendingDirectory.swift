import FileHandles
import SnapshotModel
import Synchronization

/// A directory that is being filled; it gets its metadata when the last of its entries is done, for
/// every entry that is made changes its time.
final class PendingDirectory: Sendable {
    let handle: FileHandle
    private let parent: PendingDirectory?
    private let metadata: Metadata
    private let remaining = Atomic(1)
    private let finish: @Sendable (FileHandle, Metadata) -> Void

    /// - Parameter finish: sets the metadata; called once, by whichever thread is last.
    init(
        _ handle: FileHandle, in parent: PendingDirectory?, _ metadata: Metadata,
        finish: @escaping @Sendable (FileHandle, Metadata) -> Void
    ) {
        self.handle = handle
        self.parent = parent
        self.metadata = metadata
        self.finish = finish
        parent?.retain()
    }

    /// Notes that something more has to be done first.
    func retain() { remaining.add(1, ordering: .relaxed) }

    /// Notes that something is done; the maker of the directory calls it once too.
    func release() {
        if remaining.subtract(1, ordering: .acquiringAndReleasing).newValue > 0 { return }
        finish(handle, metadata)
        parent?.release()
    }
}

import FileHandles
import SnapshotModel
import Synchronization

/// A directory that is being filled; it gets its metadata when the last of its entries is done, for
/// every entry that is made changes its time.
///
/// Its descriptor may be closed at any time and is opened again, step by step from the target, when
/// it is needed: there are more directories than descriptors.
final class PendingDirectory: HandleHolder {
    private let name: [UInt8]
    private let parent: PendingDirectory?
    /// What to set at the end; `nil` for a directory that stays as it is.
    private let metadata: FileMetadata?
    private let context: RestoreContext
    /// What it was before; `nil` for one that was just made.
    private let status: FileStatus?
    /// Whether something was changed in it, and so its time.
    private let isTouched: Atomic<Bool>
    private let remaining = Atomic(1)
    private let handle: Mutex<FileHandle?>
    private let isUsed = Atomic(false)

    /// The target itself, whose descriptor stays open.
    /// - Parameter status: what it was before; `nil` for one that was just made.
    init(
        target: FileHandle, _ metadata: FileMetadata?, _ context: RestoreContext,
        status: FileStatus? = nil
    ) {
        name = target.path
        parent = nil
        self.metadata = metadata
        self.context = context
        self.status = status
        isTouched = Atomic(status == nil)
        handle = Mutex(target)
    }

    /// A directory in another one.
    /// - Parameter status: what it was before; `nil` for one that was just made.
    init(
        _ name: [UInt8], in parent: PendingDirectory, _ metadata: FileMetadata?,
        _ context: RestoreContext, status: FileStatus? = nil
    ) {
        self.status = status
        isTouched = Atomic(status == nil)
        self.name = name
        self.parent = parent
        self.metadata = metadata
        self.context = context
        handle = Mutex(nil)
        parent.retain()
    }

    /// The path, for messages.
    var path: [UInt8] {
        var names = [name]
        var above = parent
        while let directory = above {
            names.append(directory.name)
            above = directory.parent
        }
        let target = names.removeLast()
        return names.reversed().reduce(target) { $0.appending(component: $1) }
    }

    /// The open directory.
    func open() throws(SystemCallError) -> FileHandle {
        var closed: [PendingDirectory] = []
        var directory = self
        while true {
            if var handle = directory.current {
                for inner in closed.reversed() {
                    handle = try handle.openDirectory(name: inner.name)
                    inner.keep(handle)
                }
                return handle
            }
            closed.append(directory)
            guard let parent = directory.parent else { preconditionFailure("the target is open") }
            directory = parent
        }
    }

    /// Notes that something is changed in it.
    func touch() { isTouched.store(true, ordering: .relaxed) }

    /// Notes that something more has to be done first.
    func retain() { remaining.add(1, ordering: .relaxed) }

    /// Notes that something is done; the maker of the directory calls it once too.
    func release() {
        var directory = self
        while directory.remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            directory.finish()
            guard let parent = directory.parent else { return }
            directory = parent
        }
    }

    func takeUse() -> Bool { isUsed.exchange(false, ordering: .relaxed) }

    func closeHandle() {
        if parent == nil { return }
        let closed = handle.withLock { $0.take() }
        // The descriptor is closed here, outside of the lock.
        withExtendedLifetime(closed) {}
    }

    private var current: FileHandle? {
        isUsed.store(true, ordering: .relaxed)
        return handle.withLock { $0 }
    }

    private func keep(_ opened: FileHandle) {
        let isNew = handle.withLock { handle in
            defer { handle = opened }
            return handle == nil
        }
        // When two threads have opened it, one of them has added it already.
        if isNew { context.directoryHandles.add(self) }
    }

    private func needsMetadata(
        _ wanted: FileMetadata
    ) throws(SystemCallError) -> Bool {
        guard let status, !isTouched.load(ordering: .relaxed) else { return true }
        if context.owners.needsMetadata(wanted.metadata, status) { return true }
        return context.hasOther(wanted, than: try open())
    }

    private func finish() {
        if let metadata {
            do throws(SystemCallError) {
                if try needsMetadata(metadata) {
                    setMetadata(
                        metadata, of: .open(try open()), isNew: status == nil, path, context)
                }
            } catch {
                context.results.fail(path, "\(error.call): \(error.reason)")
            }
        }
        closeHandle()
    }
}

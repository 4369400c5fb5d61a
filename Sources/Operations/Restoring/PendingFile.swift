// A file that is being written, in parts that come in any order from any thread. It is written
// under a temporary name and renamed when it is complete, so that whoever looks sees it whole or
// not at all.

import ChunkStorage
import FileHandles
import SnapshotModel
import Synchronization
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that is being written.
final class PendingFile: HandleHolder {
    /// Bytes of a block that are wanted at an offset of a file.
    struct Piece {
        let file: UInt32
        let blockOffset: UInt32
        let fileOffset: UInt64
        let length: Int
    }

    private enum State {
        /// Not there yet.
        case waiting
        /// There under its temporary name; the descriptor may have been closed.
        case begun(FileHandle?)
        /// There under its name.
        case complete
        /// Given up, and reported.
        case failed
    }

    private let directory: PendingDirectory
    private let name: [UInt8]
    private let metadata: Metadata
    private let sizeInBytes: UInt64
    private let number: Int
    private let context: RestoreContext
    /// Places that are still to be written, and one more until all are known.
    private let remaining = Atomic(1)
    private let state = Mutex(State.waiting)
    private let isUsed = Atomic(false)

    /// About how much memory an object takes.
    static let sizeInMemory = 208

    /// A file to be made; `endPlanning` must be called once.
    init(
        _ entry: Entry, sizeInBytes: UInt64, in directory: PendingDirectory,
        _ context: RestoreContext
    ) {
        self.directory = directory
        name = entry.name.bytes
        metadata = entry.metadata
        self.sizeInBytes = sizeInBytes
        self.context = context
        number = context.nextNumber()
        directory.retain()
    }

    /// The path, for messages.
    var path: [UInt8] { directory.path.appending(component: name) }

    /// Notes a place that will be written.
    func retain() { remaining.add(1, ordering: .relaxed) }

    /// Says that all places are noted.
    func endPlanning() throws { try release(1) }

    /// Writes pieces, each of which is one place.
    /// - Throws: what makes going on useless: a full disk.
    func write(_ pieces: ArraySlice<Piece>, of block: UnsafeRawBufferPointer) throws {
        do {
            if remaining.load(ordering: .acquiring) == pieces.count {
                try writeWhole(pieces, of: block)
            } else if let file = try openForWriting() {
                _ = try write(pieces, of: block, to: file)
            }
        } catch let error as SystemCallError {
            try fail(error)
        }
        try release(pieces.count)
    }

    /// Gives the file up because its content cannot be had.
    func fail(damage reason: String) {
        if abandon() { context.results.damage(path, reason) }
    }

    /// Gives places up whose file has failed.
    func skip(places: Int) throws { try release(places) }

    /// Removes what was written so far.
    func removeTemporary() {
        context.noteEnded(number)
        do {
            try directory.open().remove(name: context.temporaryName(number))
        } catch {
            // There is an error already, and it is the one to report; this one is about a name
            // that says what it is.
            return
        }
    }

    func takeUse() -> Bool { isUsed.exchange(false, ordering: .relaxed) }

    func closeHandle() {
        let closed = state.withLock { state -> FileHandle? in
            guard case .begun(let file) = state else { return nil }
            state = .begun(nil)
            return file
        }
        // The descriptor is closed here, outside of the lock.
        withExtendedLifetime(closed) {}
    }

    private func fail(_ error: SystemCallError) throws {
        if abandon() { try context.results.fail(path, error) }
    }

    /// - Returns: `false` when that was done before.
    private func abandon() -> Bool {
        let previous = state.withLock { state in
            defer { state = .failed }
            return state
        }
        switch previous {
        case .failed: return false
        case .begun: removeTemporary()
        case .waiting, .complete: break
        }
        return true
    }

    private func release(_ places: Int) throws {
        let left = remaining.subtract(places, ordering: .acquiringAndReleasing).newValue
        guard left == 0 else { return }
        do {
            try finish()
        } catch let error as SystemCallError {
            try fail(error)
        }
        directory.release()
    }

    /// Nobody else uses the file any more.
    private func finish() throws {
        let current = state.withLock { $0 }
        switch current {
        case .failed: return
        case .complete: break
        case .waiting: try writeWhole([], of: UnsafeRawBufferPointer(start: nil, count: 0))
        case .begun(let file):
            let directory = try directory.open()
            try complete(try file ?? reopen(in: directory), in: directory)
            context.noteEnded(number)
        }
        context.results.add { counts in
            counts.files += 1
            counts.bytes += sizeInBytes
        }
    }

    /// Makes the file, all in one go.
    private func writeWhole(_ pieces: ArraySlice<Piece>, of block: UnsafeRawBufferPointer) throws {
        if state.withLock({ if case .waiting = $0 { false } else { true } }) {
            if let file = try openForWriting() { _ = try write(pieces, of: block, to: file) }
            return
        }
        let directory = try directory.open()
        let temporary = context.temporaryName(number)
        let file = try directory.open(
            name: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        do {
            if try write(pieces, of: block, to: file) { try file.truncate(to: sizeInBytes) }
            try complete(file, in: directory)
        } catch {
            // The first error is the one to report.
            try? directory.remove(name: temporary)
            throw error
        }
    }

    private func complete(_ file: FileHandle, in directory: FileHandle) throws(SystemCallError) {
        setMetadata(metadata, of: file, path, context.results)
        try directory.rename(context.temporaryName(number), to: name)
        state.withLock { $0 = .complete }
    }

    /// The file under its temporary name, made when it is not there yet.
    /// - Returns: `nil` when the file has failed.
    private func openForWriting() throws(SystemCallError) -> FileHandle? {
        isUsed.store(true, ordering: .relaxed)
        var result: Result<FileHandle?, SystemCallError> = .success(nil)
        // The lock is held while the file is opened: whoever else writes to it has to wait anyway.
        let isNew = state.withLock { state in
            if case .begun(let file?) = state {
                result = .success(file)
                return false
            }
            if case .failed = state { return false }
            do throws(SystemCallError) {
                let directory = try directory.open()
                if case .begun = state {
                    result = .success(try reopen(in: directory))
                } else {
                    result = .success(try begin(in: directory, &state))
                }
                state = .begun(try result.get())
                return true
            } catch {
                result = .failure(error)
                return false
            }
        }
        if isNew { context.fileHandles.add(self) }
        return try result.get()
    }

    private func begin(
        in directory: FileHandle, _ state: inout State
    ) throws(SystemCallError) -> FileHandle {
        let file = try directory.open(
            name: context.temporaryName(number), flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        state = .begun(nil)
        context.noteBegun(self, number)
        // Parts come in any order, and the last one may be a hole.
        if context.settings.makesHoles { try file.truncate(to: sizeInBytes) }
        return file
    }

    private func reopen(in directory: FileHandle) throws(SystemCallError) -> FileHandle {
        try directory.open(name: context.temporaryName(number), flags: O_WRONLY)
    }

    /// Writes pieces that ascend by offset; neighbours with one call.
    /// - Returns: whether something was left out as a hole.
    private func write(
        _ pieces: ArraySlice<Piece>, of block: UnsafeRawBufferPointer, to file: FileHandle
    ) throws -> Bool {
        var hasHoles = false
        var index = pieces.startIndex
        while index < pieces.endIndex {
            try context.settings.cancellation.check()
            let first = pieces[index]
            var length = first.length
            index += 1
            if context.settings.makesHoles {
                // Chunk by chunk: only whole chunks of zeros become holes.
                if Self.bytes(first, length, of: block).isAllZero {
                    hasHoles = true
                    continue
                }
            } else {
                while index < pieces.endIndex, Self.continues(pieces[index], first, length) {
                    length += pieces[index].length
                    index += 1
                }
            }
            try file.write(Self.bytes(first, length, of: block), at: first.fileOffset)
        }
        return hasHoles
    }

    private static func continues(_ next: Piece, _ first: Piece, _ length: Int) -> Bool {
        next.fileOffset == first.fileOffset + UInt64(length)
            && Int(next.blockOffset) == Int(first.blockOffset) + length
    }

    private static func bytes(
        _ piece: Piece, _ length: Int, of block: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let start = Int(piece.blockOffset)
        return UnsafeRawBufferPointer(rebasing: block[start..<start + length])
    }
}

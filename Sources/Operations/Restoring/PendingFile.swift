// A file that is being written, in parts that come in any order from any thread. It is written
// under a temporary name and renamed when it is complete (Placement), so that whoever looks sees it
// whole or not at all.

import ChunkStorage
import FileHandles
import FileTree
import SnapshotModel
import StatCaching
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

    /// A file as an earlier run has left it.
    struct Begun {
        let file: FileHandle
        let status: FileStatus
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
    private let metadata: FileMetadata
    private let sizeInBytes: UInt64
    /// Whether pages of zeros are left out.
    let makesHoles: Bool
    private let number: Int
    private let placement: Placement
    /// The number of its entry in the record.
    private let ordinal: Int?
    private let context: RestoreContext
    /// As far as this an earlier run has written something, right or wrong.
    private let begunInBytes: UInt64
    /// The number of the file under its temporary name: nothing else is written to.
    private let inode = Atomic<UInt64>(0)
    /// Places that are still to be written, and one more until all are known.
    private let remaining = Atomic(1)
    private let state = Mutex(State.waiting)
    private let isUsed = Atomic(false)
    /// How often the temporary name was taken.
    private let attempt = Atomic(0)

    /// About how much memory an object takes.
    static let sizeInMemory = 384
    /// A file of this size stays under its temporary name when the restore is given up, for the
    /// next one goes on with it.
    static let resumedSizeInBytes: UInt64 = 4 * 1024 * 1024
    /// How many temporary names are tried: few files of a folder share one.
    static let attempts = 100

    /// A file to be made; `endPlanning` must be called once.
    /// - Parameters:
    ///   - placement: what becomes of what stands there.
    ///   - ordinal: the number of its entry in the record.
    ///   - begun: the file under its temporary name, as an earlier run has left it.
    init(
        _ entry: Entry, sizeInBytes: UInt64, in directory: PendingDirectory,
        _ context: RestoreContext, _ placement: Placement = Placement(), ordinal: Int? = nil,
        begun: Begun? = nil
    ) {
        self.placement = placement
        self.ordinal = ordinal
        self.directory = directory
        name = entry.name.bytes
        metadata = FileMetadata(entry, context.owners)
        self.sizeInBytes = sizeInBytes
        makesHoles = entry.hasHoles || context.settings.makesHoles
        self.context = context
        number = context.nextNumber()
        begunInBytes = begun?.status.sizeInBytes ?? 0
        directory.retain()
        if let begun {
            inode.store(begun.status.inode, ordering: .relaxed)
            let begun = begun.file
            state.withLock { $0 = .begun(begun) }
            context.noteBegun(self, number)
            context.fileHandles.add(self)
        }
    }

    /// Opens a file under its temporary name that an earlier run has left, if it is one that only
    /// this user can have written: what else goes by the name is not written to.
    /// - Returns: `nil` when there is none.
    static func openBegun(_ name: [UInt8], in directory: FileHandle) -> Begun? {
        do throws(SystemCallError) {
            let temporary = TemporaryName.make(for: name)
            // Opening a device may do something already.
            guard try directory.statusIfPresent(of: temporary)?.kind == .file else { return nil }
            let file = try directory.open(name: temporary, flags: O_RDWR | O_NONBLOCK)
            let status = try file.status()
            let isOurs = status.userID == Machine.userID && status.linkCount == 1
            return status.kind == .file && isOurs ? Begun(file: file, status: status) : nil
        } catch {
            return nil
        }
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
                try write(pieces, of: block, to: file)
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

    /// Copies bytes of another file, and reads back what stands here then.
    /// - Returns: how many bytes were copied and read; 0 when the system cannot copy.
    func copy(
        from source: FileHandle, at sourceOffset: UInt64, to offset: UInt64,
        readingBackInto buffer: UnsafeMutableRawBufferPointer
    ) throws -> Int {
        do throws(SystemCallError) {
            guard let file = try openForWriting() else { return 0 }
            let count = try file.copy(
                from: source, at: sourceOffset, count: buffer.count, to: offset)
            let copied = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            return try file.read(into: copied, at: offset)
        } catch {
            try fail(error)
            return 0
        }
    }

    /// Notes places whose bytes are there, or will never be because the file has failed.
    func settle(places: Int) throws { try release(places) }

    /// Ends a file that another run may go on with.
    func leaveTemporary() {
        if sizeInBytes < Self.resumedSizeInBytes { removeTemporary() }
    }

    /// Removes what was written so far.
    func removeTemporary() {
        context.noteEnded(number)
        do {
            try directory.open().remove(name: temporaryName)
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

    private var temporaryName: [UInt8] {
        TemporaryName.make(for: name, attempt: attempt.load(ordering: .relaxed))
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
        case .failed, .complete: return
        case .waiting: try writeWhole([], of: UnsafeRawBufferPointer(start: nil, count: 0))
        case .begun(let file):
            let directory = try directory.open()
            let complete = try file ?? reopen(in: directory)
            // What an earlier run has left may be longer, and its end may be a hole.
            try complete.truncate(to: sizeInBytes)
            try place(complete, made: nil, in: directory)
            context.noteEnded(number)
        }
    }

    /// Makes the file, all in one go.
    private func writeWhole(_ pieces: ArraySlice<Piece>, of block: UnsafeRawBufferPointer) throws {
        if state.withLock({ if case .waiting = $0 { false } else { true } }) {
            if let file = try openForWriting() { try write(pieces, of: block, to: file) }
            return
        }
        let directory = try directory.open()
        let (file, made) = try make(in: directory)
        do {
            try write(pieces, of: block, to: file)
            if makesHoles { try file.truncate(to: sizeInBytes) }
            try place(file, made: made, in: directory)
        } catch {
            // The first error is the one to report.
            try? directory.remove(name: temporaryName)
            throw error
        }
    }

    /// Gives the complete file its metadata and its name.
    /// - Parameter made: as it was made; `nil` when nobody remembers.
    private func place(
        _ file: FileHandle, made: FileStatus?, in directory: FileHandle
    ) throws(SystemCallError) {
        let isNew = begunInBytes == 0
        var lacks = EntryShortfalls()
        let hasAttributes = setAllButFlags(
            metadata, of: .open(file), isNew: isNew, made: made, &lacks, path, context)
        let isPlaced = try placement.move(
            temporaryName, to: name, in: directory, context)
        state.withLock { $0 = .complete }
        self.directory.touch()
        guard isPlaced else { return }
        // What is locked takes no name.
        let hasFlags = setFlags(metadata, of: .open(file), isNew: isNew, &lacks, context)
        if !lacks.isEmpty { context.results.note(lacks, path) }
        if let ordinal, let record = context.record {
            record.note(
                ordinal, try file.status(), isTrusted: true,
                knowsAttributes: hasAttributes && hasFlags)
        }
        context.results.add { counts in
            counts.files += 1
            counts.bytes += sizeInBytes
        }
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
        let (file, made) = try make(in: directory)
        inode.store(made.inode, ordering: .relaxed)
        state = .begun(nil)
        context.noteBegun(self, number)
        // Parts come in any order, and the last one may be a hole.
        if makesHoles { try file.truncate(to: sizeInBytes) }
        return file
    }

    /// Makes the file under a temporary name that nothing has yet.
    private func make(
        in directory: FileHandle
    ) throws(SystemCallError) -> (file: FileHandle, made: FileStatus) {
        while true {
            do throws(SystemCallError) {
                let file = try directory.open(
                    name: temporaryName, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
                let made = try file.status()
                if let flags = metadata.flags { context.flags?.prepare(flags, of: file) }
                self.directory.touch()
                return (file, made)
            } catch {
                guard error.isTaken, attempt.load(ordering: .relaxed) < Self.attempts else {
                    throw error
                }
                attempt.add(1, ordering: .relaxed)
            }
        }
    }

    private func reopen(in directory: FileHandle) throws(SystemCallError) -> FileHandle {
        let file = try directory.open(name: temporaryName, flags: O_RDWR | O_NONBLOCK)
        guard try file.status().inode == inode.load(ordering: .relaxed) else {
            // Somebody has put another file there, which may have other names elsewhere.
            throw SystemCallError(
                number: SystemCallError.missing, call: "open",
                path: directory.path.appending(component: temporaryName))
        }
        return file
    }

    /// Writes pieces that ascend by offset; neighbours with one call.
    private func write(
        _ pieces: ArraySlice<Piece>, of block: UnsafeRawBufferPointer, to file: FileHandle
    ) throws {
        var index = pieces.startIndex
        while index < pieces.endIndex {
            try context.settings.cancellation.check()
            let first = pieces[index]
            var length = first.length
            index += 1
            while index < pieces.endIndex, Self.continues(pieces[index], first, length) {
                length += pieces[index].length
                index += 1
            }
            let bytes = Self.bytes(first, length, of: block)
            // Where an earlier run has written there is something else than zeros.
            let skipsZeros = makesHoles && first.fileOffset >= begunInBytes
            // The system lets only one thread write to a file, and those that wait there spin.
            try context.turns.take(number) { () throws(SystemCallError) in
                if skipsZeros {
                    try file.writeData(bytes, at: first.fileOffset)
                } else {
                    try file.write(bytes, at: first.fileOffset)
                }
            }
        }
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

// Sets the flags of files and folders. They come last: what is immutable can neither get its other
// metadata nor a name, and a folder that is takes no entries. What is there already may be locked
// in the same way, by a restore before this one, and is unlocked before anything is done to it.

import FileHandles
import FileTree
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Gives files and folders the flags of the snapshot. What fails is noted, not thrown.
struct FlagRestorer: Sendable {
    /// Flags that take effect only on files without content.
    private static let early: FileFlags = [.compressed, .noCompression, .noCopyOnWrite]

    /// Whether the file system of the target has flags.
    private let isSupported: Bool
    /// Whether new entries may get flags by themselves, from the folder that they are in.
    private let inherits: Bool
    /// Whether this process may lock files.
    private let mayLock = Machine.userID == 0

    /// - Parameter isEmpty: whether the target has no entries that may have flags.
    init(_ target: FileHandle, isEmpty: Bool) {
        do throws(SystemCallError) {
            let flags = FileFlags(systemBits: try target.inodeFlags())
            inherits = !isEmpty || !flags.isEmpty
            isSupported = true
        } catch {
            (isSupported, inherits) = (false, false)
        }
    }

    /// Whether an entry for which `differ` is false has just the flags of the snapshot.
    func canHave(_ wanted: FileFlags) -> Bool { comparable(wanted) == wanted }

    /// What is compared: flags that cannot be set here are no difference, or every restore would
    /// try in vain again.
    private func comparable(_ flags: FileFlags) -> FileFlags {
        if !isSupported { return [] }
        return mayLock ? flags : flags.subtracting(.locking)
    }

    /// Whether an open file or directory has other flags than the snapshot's.
    func differ(_ wanted: FileFlags, of file: FileHandle) -> Bool {
        isSupported && comparable(file.flags()) != comparable(wanted)
    }

    /// Whether an entry that is not opened has other flags than the snapshot's.
    /// - Parameter known: the flags that it has, where they are remembered.
    func differ(
        _ wanted: FileFlags, of name: [UInt8], in directory: FileHandle, known: FileFlags?
    ) -> Bool {
        if !isSupported { return false }
        if let known { return comparable(known) != comparable(wanted) }
        // What this user may not read, he cannot give flags either.
        return open(name, in: directory).map { differ(wanted, of: $0) } ?? false
    }

    /// Gives a file that was just made the flags that it must have before its content.
    func prepare(_ wanted: FileFlags, of file: FileHandle) {
        let early = wanted.intersection(Self.early)
        if early.isEmpty { return }
        var lacks = EntryShortfalls()
        // What fails here fails again at the end, and is noted then.
        _ = set(early, of: file, isNew: true, &lacks)
    }

    /// Makes the flags of an open file or directory those of the snapshot.
    /// - Parameters:
    ///   - isNew: whether it was made by this run.
    ///   - lacks: gets what could not be set.
    /// - Returns: whether it has just these now.
    func set(
        _ wanted: FileFlags, of file: FileHandle, isNew: Bool, _ lacks: inout EntryShortfalls
    ) -> Bool {
        if wanted.isEmpty, isNew, !inherits { return true }
        do throws(SystemCallError) {
            let before = try file.inodeFlags()
            let after = before & ~FileFlags.allSystemBits | wanted.systemBits
            if after == before { return true }
            try file.setInodeFlags(after)
            // Some file systems pass over what they do not know.
            guard try file.inodeFlags() & FileFlags.allSystemBits == wanted.systemBits else {
                lacks.add(.flags, "the file system does not keep them")
                return false
            }
            return true
        } catch {
            if wanted.isEmpty, error.hasNoFlags { return true }
            lacks.add(.flags, error.number == ENOTTY ? "the file system has none" : error.reason)
            return false
        }
    }

    /// Sees to it that something can be done to a file, or in a directory.
    /// - Returns: whether it was locked, and is not any more.
    @discardableResult
    func unlock(_ file: FileHandle) -> Bool {
        guard isSupported, mayLock else { return false }
        do throws(SystemCallError) {
            let flags = try file.inodeFlags()
            if flags & FileFlags.locking.systemBits == 0 { return false }
            try file.setInodeFlags(flags & ~FileFlags.locking.systemBits)
            return true
        } catch {
            // Whatever is about to be done tells what is wrong.
            return false
        }
    }

    /// Sees to it that something can be done to a file or directory that is not opened.
    /// - Returns: the file, if it was locked, and is not any more.
    @discardableResult
    func unlock(_ name: [UInt8], in directory: FileHandle) -> LockedFile? {
        guard isSupported, mayLock, let file = open(name, in: directory) else { return nil }
        let flags = file.flags()
        return unlock(file) ? LockedFile(file: file, flags: flags) : nil
    }

    /// - Returns: `nil` for what has no flags, and what cannot be opened.
    private func open(_ name: [UInt8], in directory: FileHandle) -> FileHandle? {
        do throws(SystemCallError) {
            let kind = try directory.status(of: name).kind
            // Opening a device may do something already.
            guard kind == .file || kind == .directory else { return nil }
            return try directory.open(name: name, flags: O_RDONLY | O_NONBLOCK)
        } catch {
            return nil
        }
    }
}

/// A file that was unlocked for a moment.
struct LockedFile {
    let file: FileHandle
    /// The flags that it had.
    let flags: FileFlags

    /// Locks the file again, if it has not gone: it may have another name.
    func lock() {
        do throws(SystemCallError) {
            guard try file.status().linkCount > 0 else { return }
            let others = try file.inodeFlags() & ~FileFlags.allSystemBits
            try file.setInodeFlags(others | flags.systemBits)
        } catch {
            // It could be unlocked just now. What fails here fails for whatever comes next, too.
            return
        }
    }
}

extension RestoreContext {
    /// Does something to an entry of a folder, and once more when flags were in the way.
    func unlocking<Result>(
        _ name: [UInt8], in directory: FileHandle,
        _ step: () throws(SystemCallError) -> Result
    ) throws(SystemCallError) -> Result {
        do throws(SystemCallError) {
            return try step()
        } catch {
            guard error.number == EPERM, let locked = flags?.unlock(name, in: directory) else {
                throw error
            }
            defer { locked.lock() }
            return try step()
        }
    }
}

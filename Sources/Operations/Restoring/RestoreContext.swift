import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import Synchronization
import WorkerThreads

/// What all threads of one restore share.
final class RestoreContext: Sendable {
    /// Directories that stay open: those of a whole path, and those that threads write to.
    private static let openDirectories = 512
    /// Large files that stay open: those whose parts come one after the other.
    private static let openFiles = 64

    let settings: RestoreSettings
    let results: RestoreResults
    /// Remembers what is written; `nil` when nothing is to be remembered.
    let record: FolderRecordWriter?
    /// Sets extended attributes; `nil` where none are to be set.
    let attributes: AttributeRestorer?
    /// Sets flags; `nil` where none are to be set.
    let flags: FlagRestorer?
    /// To whom everything belongs.
    let owners: OwnerRule
    /// Decides what becomes of what is there already.
    var rule: OverwriteRule { OverwriteRule(policy: settings.overwrite, owners: owners) }
    let directoryHandles = HandleCache(capacity: RestoreContext.openDirectories)
    let fileHandles = HandleCache(capacity: RestoreContext.openFiles)
    /// Whose turn it is to write to a file, by the file's number; that few share one.
    let turns = Turns(count: 64)

    private let counter = Atomic(0)
    /// Files that are under their temporary names, by the numbers in these.
    private let begun = Mutex<[Int: PendingFile]>([:])

    init(
        _ settings: RestoreSettings, _ results: RestoreResults, record: FolderRecordWriter? = nil,
        attributes: AttributeRestorer? = nil, flags: FlagRestorer? = nil,
        owners: OwnerRule = OwnerRule()
    ) {
        self.flags = flags
        self.owners = owners
        self.attributes = attributes
        self.settings = settings
        self.results = results
        self.record = record
    }

    /// Whether an open file or directory has other extended attributes or flags than it should.
    func hasOther(_ wanted: FileMetadata, than file: FileHandle) -> Bool {
        wanted.attributes.map { attributes?.differ($0, of: file) ?? false } ?? false
            || wanted.flags.map { flags?.differ($0, of: file) ?? false } ?? false
    }

    /// Whether what stands at the target has other extended attributes or flags than the
    /// snapshot's entry.
    func hasOther(
        _ entry: Entry, than local: LocalEntry?, in directory: FileHandle?
    ) -> Bool {
        guard let local, let directory else { return false }
        let name = entry.name.bytes
        return attributes?.differ(
            entry.extendedAttributes, of: name, in: directory, known: local.attributes) ?? false
            || flags?.differ(entry.flags, of: name, in: directory, known: local.flags) ?? false
    }

    /// A path within the target, for messages.
    func messagePath(_ path: [UInt8]) -> [UInt8] {
        path.isEmpty ? settings.target : settings.target.appending(component: path)
    }

    /// A number that no other file of this restore has.
    func nextNumber() -> Int { counter.add(1, ordering: .relaxed).newValue }

    /// Notes that a file is there under its temporary name.
    func noteBegun(_ file: PendingFile, _ number: Int) {
        begun.withLock { $0[number] = file }
    }

    /// Notes that a file is not there under its temporary name any more.
    func noteEnded(_ number: Int) {
        begun.withLock { _ = $0.removeValue(forKey: number) }
    }

    /// Takes a name from a file, which moves the change time of its other names on; they get the
    /// new time in the record.
    /// - Parameter step: takes the name.
    func takeName(
        _ name: [UInt8], from status: FileStatus, in directory: FileHandle,
        by step: () throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        guard let record, status.kind == .file, status.linkCount > 1 else { return try step() }
        // A file that cannot be opened is read again by the next snapshot, no more.
        let file = try? directory.openFile(below: name)
        try step()
        guard let after = try? file?.status(), after.inode == status.inode else { return }
        record.noteLink(status, after)
    }

    /// Removes the files that are not complete, but for those with which the next run can go on,
    /// and closes everything; only when no thread writes any more.
    func close() {
        // Files and holders name this context, so without this none of them would ever go, nor the
        // target's descriptor, which keeps other restores away.
        let files = begun.withLock { begun in
            defer { begun = [:] }
            return Array(begun.values)
        }
        for file in files { file.leaveTemporary() }
        fileHandles.removeAll()
        directoryHandles.removeAll()
    }
}

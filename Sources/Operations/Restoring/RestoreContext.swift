import FileHandles
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What all threads of one restore share.
final class RestoreContext: Sendable {
    /// Directories that stay open: those of a whole path, and those that threads write to.
    private static let openDirectories = 512
    /// Large files that stay open: those whose parts come one after the other.
    private static let openFiles = 64
    private static let temporaryPrefix = ".varve-restore-"

    let settings: RestoreSettings
    let results: RestoreResults
    let directoryHandles = HandleCache(capacity: RestoreContext.openDirectories)
    let fileHandles = HandleCache(capacity: RestoreContext.openFiles)

    private let counter = Atomic(0)
    /// Files that are under their temporary names, by the numbers in these.
    private let begun = Mutex<[Int: PendingFile]>([:])

    init(_ settings: RestoreSettings, _ results: RestoreResults) {
        self.settings = settings
        self.results = results
    }

    /// A number that no other file of this restore has.
    func nextNumber() -> Int { counter.add(1, ordering: .relaxed).newValue }

    /// The name that a file has until it is complete.
    func temporaryName(_ number: Int) -> [UInt8] {
        Array("\(Self.temporaryPrefix)\(getpid())-\(number)".utf8)
    }

    /// Notes that a file is there under its temporary name.
    func noteBegun(_ file: PendingFile, _ number: Int) {
        begun.withLock { $0[number] = file }
    }

    /// Notes that a file is not there under its temporary name any more.
    func noteEnded(_ number: Int) {
        begun.withLock { _ = $0.removeValue(forKey: number) }
    }

    /// Removes all files that are not complete and closes everything; only when no thread writes
    /// any more.
    func close() {
        let files = begun.withLock { Array($0.values) }
        for file in files { file.removeTemporary() }
        // Holders name this context, so without this neither would ever go.
        fileHandles.removeAll()
        directoryHandles.removeAll()
    }
}

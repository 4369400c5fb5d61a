import ChunkStorage
import FileHandles
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The names of packs that this machine has sent and that no table may list yet.
///
/// A name is noted before its pack is sent: a pack whose answer was lost is found, too.
///
/// After a crash the next run finds the packs by it and lists them: nothing is uploaded twice. One
/// line a pack, appended in one write, so that a torn line is only a pack that is not found.
final class UploadJournal: Sendable {
    private let path: [UInt8]
    private let file: Mutex<FileHandle?>

    /// Opens the journal, or does without where the disk does not allow it.
    init(path: [UInt8]) {
        self.path = path
        file = Mutex(try? FileHandle.open(path: path, flags: O_WRONLY | O_CREAT | O_APPEND))
    }

    /// Notes a pack that is about to be sent.
    func append(_ pack: PackID) {
        let line = Array("\(pack)\n".utf8)
        file.withLock { file in
            guard let handle = file else { return }
            // O_APPEND: the offset is ignored and the line goes to the end.
            let result = line.withUnsafeBytes { Self.write($0, to: handle) }
            if !result { file = nil }
        }
    }

    /// Forgets all packs; called when a table lists them.
    func clear() {
        _ = path.withCString { truncate($0, 0) }
    }

    /// The packs of interrupted runs that are in the store and that no table lists.
    func unlistedPacks(
        _ index: ChunkIndex, in store: any ObjectStore
    ) throws -> [ChunkIndex.RecoveredPack] {
        guard let journal = try? MappedFile(path: path), !journal.bytes.isEmpty else { return [] }
        let names = Set(
            String(decoding: journal.bytes, as: UTF8.self).split(separator: "\n")
                .compactMap { PackID(hexadecimal: String($0)) })
        if names.isEmpty { return [] }
        // Only tables that are open can tell which packs they list.
        try index.prepare()
        return try ChunkIndex.readTrailers(of: index.unlisted(of: names).sorted(), in: store)
    }

    private static func write(_ line: UnsafeRawBufferPointer, to file: FileHandle) -> Bool {
        do {
            try file.write(line, at: 0)
            return true
        } catch {
            return false
        }
    }
}

// What a restore remembers of the folder that it writes: a stat cache, as a snapshot of that folder
// would have left it. The next snapshot reads no file that is as it was restored, and the next
// restore can tell what somebody has changed since.

package import FileHandles
package import SnapshotModel
import Synchronization

/// Writes the stat cache of a folder while it is being restored.
///
/// One thread adds directories and entries; their stamps are known only when they are in their
/// places, and may be noted by any thread.
package final class FolderRecordWriter: Sendable {
    private struct State {
        let writer: StatCacheWriter
        var stamps: [Stamps] = []
        /// The numbers of entries whose files had holes.
        var withHoles: Set<Int> = []
        var restamped = RestampedFiles()
        var line: [UInt8] = []
    }

    private let state: Mutex<State>

    /// Writes nothing yet.
    /// - Parameters:
    ///   - path: of the stat cache; its folder must exist.
    ///   - old: the stat cache that stands there.
    package init(path: [UInt8], old: StatCache?) {
        state = Mutex(State(writer: StatCacheWriter(path: path, old: old)))
    }

    /// Adds an entry that is not in its place yet.
    /// - Returns: the number by which `note` knows it. Without a note, no file will ever match it.
    package func add(_ entry: Entry, to segments: inout StatCacheWriter.Segments) -> Int {
        state.withLock { state in
            let ordinal = state.stamps.count
            state.stamps.append(.none)
            if entry.hasHoles { state.withHoles.insert(ordinal) }
            state.line.removeAll(keepingCapacity: true)
            StatCacheEntry.append(entry, ordinal: ordinal, to: &state.line)
            state.line.withUnsafeBytes {
                state.writer.append($0, to: &segments, hasOrdinal: true)
            }
            return ordinal
        }
    }

    /// Adds an entry that is in its place.
    /// - Parameters:
    ///   - isTrusted: whether the content is known to be the entry's.
    ///   - knowsAttributes: whether the extended attributes are, too; else the next snapshot looks.
    package func add(
        _ entry: Entry, _ status: FileStatus, isTrusted: Bool, knowsAttributes: Bool = false,
        to segments: inout StatCacheWriter.Segments
    ) {
        state.withLock { state in
            let stamps = Stamps(
                changed: status.changed, inode: status.inode,
                isTrusted: isTrusted && Self.agreesOnHoles(status, hasHoles: entry.hasHoles),
                knowsAttributes: knowsAttributes)
            state.line.removeAll(keepingCapacity: true)
            StatCacheEntry.append(entry, ordinal: 0, to: &state.line)
            state.line.withUnsafeMutableBytes { line in
                // An entry has 64 bytes at least, so there is an address.
                StatCacheEntry.setStamps(stamps, at: line.baseAddress!)
            }
            state.line.withUnsafeBytes { state.writer.append($0, to: &segments) }
        }
    }

    /// Adds the first entries of a directory as the old cache has them.
    package func add(
        first count: Int, of directory: StatCacheDirectory,
        to segments: inout StatCacheWriter.Segments
    ) {
        state.withLock { state in
            var cursor = StatCacheCursor(directory)
            for _ in 0..<count {
                guard let entry = cursor.next() else { return }
                state.writer.append(entry.bytes, to: &segments)
            }
        }
    }

    /// Ends a directory.
    /// - Parameters:
    ///   - path: below the folder, components joined by `/`; empty for the folder itself.
    ///   - content: of its listing.
    package func finish(
        _ segments: inout StatCacheWriter.Segments, path: [UInt8], content: Content
    ) {
        state.withLock { $0.writer.finish(&segments, path: path, content: content) }
    }

    /// Notes that a directory is as the old cache has it.
    package func keep(_ directory: StatCacheDirectory) {
        state.withLock { $0.writer.keep(directory) }
    }

    /// Notes that an entry is in its place.
    /// - Parameters:
    ///   - isTrusted: whether the content is known to be the entry's.
    ///   - knowsAttributes: whether the extended attributes are, too; else the next snapshot looks.
    package func note(
        _ ordinal: Int, _ status: FileStatus, isTrusted: Bool, knowsAttributes: Bool = false
    ) {
        state.withLock { state in
            state.stamps[ordinal] = Stamps(
                changed: status.changed, inode: status.inode,
                isTrusted: isTrusted
                    && Self.agreesOnHoles(status, hasHoles: state.withHoles.contains(ordinal)),
                knowsAttributes: knowsAttributes)
        }
    }

    /// Whether a file has holes just when its entry says so. One that may differ is read again:
    /// where it was there before, and where all files or none can have holes.
    private static func agreesOnHoles(_ status: FileStatus, hasHoles: Bool) -> Bool {
        status.kind != .file || status.lacksBlocks == hasHoles
    }

    /// Notes that a file has got one more name, which has moved its change time on; all entries of
    /// the file get the new time.
    package func noteLink(_ before: FileStatus, _ after: FileStatus) {
        state.withLock { $0.restamped.note(before, after) }
    }

    /// Puts the new cache in the place of the old one, when nothing more will be noted.
    package func finish() -> StatCacheWriter.Outcome {
        state.withLock { state in
            let stamps = state.stamps
            return state.writer.finish(state.restamped) { stamps[$0] }
        }
    }
}

import Cryptography
import FileHandles
package import SnapshotModel

/// What the last run on a folder has left behind.
package struct FolderState: Equatable, Sendable {
    /// A snapshot, as far as the next run needs to know it.
    package struct Parent: Equatable, Sendable {
        /// Which snapshot.
        package let id: SnapshotID
        /// When it was made: a part of its manifest's key.
        package let time: Timestamp
        /// The SHA-256 of the root's canonical bytes.
        package let rootID: Digest256

        /// A snapshot.
        package init(id: SnapshotID, time: Timestamp, rootID: Digest256) {
            self.id = id
            self.time = time
            self.rootID = rootID
        }
    }

    /// The snapshot that it made.
    package var parent: Parent
    /// The hash of the stat cache that goes with it.
    package var statCache: Digest256
    /// The index tables that together list everything that the stat cache names.
    package var tables: [TableID]
    /// What the tree held, for the progress of the next run.
    package var counts: TreeCounts
    /// Where the folder's content came from; `nil` for a folder that was never restored.
    package var origin: FolderOrigin?

    private static let limitInBytes = 1024 * 1024

    /// Reads the state.
    /// - Returns: `nil` when there is none, or none that is whole.
    package static func load(_ path: [UInt8]) -> FolderState? {
        guard let file = try? MappedFile(path: path), file.bytes.count <= limitInBytes else {
            return nil
        }
        let text = String(decoding: file.bytes, as: UTF8.self)
        var lines = text.split(separator: "\n").map(String.init)
        guard let last = lines.popLast(), last == checksum(lines) else { return nil }
        return FolderState(lines: lines)
    }

    /// Writes the state; a failure only makes the next run slower.
    package func save(_ path: [UInt8]) {
        let lines = lines
        let text = (lines + [Self.checksum(lines)]).joined(separator: "\n") + "\n"
        do {
            let file = try ReplacedFile(path: path)
            var bytes = text
            try bytes.withUTF8 { try file.append(UnsafeRawBufferPointer($0)) }
            try file.finish()
        } catch {
            // The cache is a convenience: a full disk must not fail a snapshot.
            return
        }
    }

    private var lines: [String] {
        [
            Self.firstLine,
            "\(parent.id) \(CalendarTime.iso8601(parent.time)) \(parent.rootID.hexadecimal)",
            statCache.hexadecimal,
            "\(counts.files) \(counts.directories) \(counts.others) \(counts.bytes)",
            FolderOrigin.line(origin),
        ] + tables.map(\.description)
    }

    private static let firstLine = "varve-state 2"

    private init?(lines: [String]) {
        guard lines.count >= 5, lines[0] == Self.firstLine,
            let parent = Parent(lines[1]),
            let statCache = Digest256(hexadecimal: lines[2]),
            let origin = FolderOrigin.parse(lines[4])
        else { return nil }
        let numbers = lines[3].split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 4 else { return nil }
        self.parent = parent
        self.statCache = statCache
        counts = TreeCounts(
            files: numbers[0], directories: numbers[1], others: numbers[2], bytes: numbers[3])
        self.origin = origin
        tables = lines.dropFirst(5).compactMap { TableID(hexadecimal: $0) }
    }

    /// A state.
    package init(
        parent: Parent, statCache: Digest256, tables: [TableID], counts: TreeCounts,
        origin: FolderOrigin?
    ) {
        self.origin = origin
        self.parent = parent
        self.statCache = statCache
        self.tables = tables
        self.counts = counts
    }

    private static func checksum(_ lines: [String]) -> String {
        Array(lines.joined(separator: "\n").utf8).withUnsafeBytes { SHA256.digest(of: $0) }
            .hexadecimal
    }
}

extension FolderState.Parent {
    /// Reads what the state's file says of it.
    fileprivate init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 3, let id = SnapshotID(hexadecimal: words[0]),
            let time = CalendarTime.parse(iso8601: words[1]),
            let rootID = Digest256(hexadecimal: words[2])
        else { return nil }
        self.init(id: id, time: time, rootID: rootID)
    }
}

// What one machine remembers of one source in one repository, in the cache directory:
//
//     <cache>/<repository ID>/<hash of the sources>.state   this, small, written by each run
//     <cache>/<repository ID>/<hash of the sources>.stat    the stat cache, written on changes
//     <cache>/<repository ID>/uploads                       UploadJournal
//
// All of it may be deleted at any time.

import Cryptography
import FileHandles
import FileTree
import RepositoryFormat
import SnapshotModel

/// Where the local files of a source are.
struct SourceFiles {
    static let stateSuffix = ".state"
    static let statCacheSuffix = ".stat"
    static let journalName = "uploads"

    let folder: [UInt8]
    let state: [UInt8]
    let statCache: [UInt8]
    let journal: [UInt8]

    /// - Parameters:
    ///   - cache: the cache directory.
    ///   - host: the host's name in manifests.
    ///   - sources: the absolute paths of the sources.
    init(cache: [UInt8], repository: RepositoryID, host: String, sources: [[UInt8]]) {
        var key = Array(host.utf8) + [0]
        for source in sources { key += source + [0] }
        let name = key.withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal.prefix(32)
        folder = cache.appending(component: Array("\(repository)".utf8))
        state = folder.appending(component: Array("\(name)\(Self.stateSuffix)".utf8))
        statCache = folder.appending(component: Array("\(name)\(Self.statCacheSuffix)".utf8))
        journal = folder.appending(component: Array(Self.journalName.utf8))
    }

    /// Makes the folder; without it the run goes on without caches.
    func prepare() {
        try? FileHandle.makeDirectories(path: folder, mode: 0o700)
    }
}

/// What the last run on a source has left behind.
struct SourceState: Equatable {
    /// A snapshot, as far as the next run needs to know it.
    struct Parent: Equatable, Sendable {
        let id: SnapshotID
        let time: Timestamp
        /// The SHA-256 of the root's canonical bytes.
        let rootID: Digest256
    }

    /// The snapshot that it made.
    var parent: Parent
    /// The hash of the stat cache that goes with it.
    var statCache: Digest256
    /// The index tables that together list everything that the stat cache names.
    var tables: [TableID]
    /// What the tree held, for the progress of the next run.
    var counts: TreeCounts

    private static let limitInBytes = 1024 * 1024

    /// Reads the state.
    /// - Returns: `nil` when there is none, or none that is whole.
    static func load(_ path: [UInt8]) -> SourceState? {
        guard let file = try? MappedFile(path: path), file.bytes.count <= limitInBytes else {
            return nil
        }
        let text = String(decoding: file.bytes, as: UTF8.self)
        var lines = text.split(separator: "\n").map(String.init)
        guard let last = lines.popLast(), last == checksum(lines) else { return nil }
        return SourceState(lines: lines)
    }

    /// Writes the state; a failure only makes the next run slower.
    func save(_ path: [UInt8]) {
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
            "varve-state 1",
            "\(parent.id) \(CalendarTime.iso8601(parent.time)) \(parent.rootID.hexadecimal)",
            statCache.hexadecimal,
            "\(counts.files) \(counts.directories) \(counts.others) \(counts.bytes)",
        ] + tables.map(\.description)
    }

    private init?(lines: [String]) {
        guard lines.count >= 4, lines[0] == "varve-state 1",
            let parent = Parent(lines[1]),
            let statCache = Digest256(hexadecimal: lines[2])
        else { return nil }
        let numbers = lines[3].split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 4 else { return nil }
        self.parent = parent
        self.statCache = statCache
        counts = TreeCounts(
            files: numbers[0], directories: numbers[1], others: numbers[2], bytes: numbers[3])
        tables = lines.dropFirst(4).compactMap { TableID(hexadecimal: $0) }
    }

    init(parent: Parent, statCache: Digest256, tables: [TableID], counts: TreeCounts) {
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

extension SourceState.Parent {
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

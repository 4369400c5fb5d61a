// Remembers which index tables of a directory were found to be what was written, so that a run
// need not hash gigabytes to look a few chunks up
// (Specs/decisions/0041-remember-verified-tables.md):
//
//     <cache>/verified/<hash of the place>
//
// A table is trusted by its name and the stamps of its file, for a day. Nothing here fails: what
// cannot be read is not remembered, and a table that is not remembered is hashed.

import Cryptography
package import FileHandles
package import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Which index tables were verified lately. Safe to use from any number of threads; of processes
/// that save at once, the last one wins.
package final class TableMemory: Sendable {
    /// Smaller tables are not worth a line: hashing all that a repository has of them takes less
    /// than a millisecond.
    package static let smallestInBytes = 256 * 1024
    /// After this time a table is hashed again: disks lose bits, and say nothing.
    static let lifetimeInSeconds: Int64 = 24 * 60 * 60
    /// Stamps younger than this do not tell whether the file was changed since.
    static let settledInSeconds: Int64 = 10
    /// A file with more lines is not ours.
    private static let largestFileInBytes: UInt64 = 8 * 1024 * 1024

    private struct Fact: Equatable {
        let stamps: [UInt64]
        let verifiedInSeconds: Int64
    }

    private struct State {
        /// What the file says; `nil` before it is read.
        var known: [TableID: Fact]?
        /// What holds in this run.
        var current: [TableID: Fact] = [:]
        var hasNews = false
    }

    private let folder: LocalFolder
    private let place: String
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameters:
    ///   - cacheDirectory: the cache directory; it need not exist.
    ///   - place: tells the repository from others.
    ///   - now: the time in seconds since 1970.
    package init(cacheDirectory: [UInt8], place: String, now: @escaping @Sendable () -> Int64) {
        folder = Self.files(in: cacheDirectory).folder
        self.place = place
        self.now = now
    }

    /// Tells whether an object is an index table as it was written, by memory or by its hash.
    /// - Parameter status: what the file of the object was like when it was mapped.
    /// - Returns: `.none` also for what is no table, is small, or is damaged.
    package func prove(
        _ key: ObjectKey, _ bytes: UnsafeRawBufferPointer, _ status: FileStatus
    ) -> ObjectProof {
        guard bytes.count >= Self.smallestInBytes, let id = ObjectNames.tableID(key.description)
        else { return .none }
        let (stamps, now) = (Self.stamps(status), now())
        if remembers(id, stamps, now) { return .remembered }
        guard SHA256.digest(of: bytes) == id.digest, (try? IndexTable(bytes)) != nil else {
            return .none
        }
        // A file that was written this moment may be written once more within the same tick.
        if status.changed.seconds <= now - Self.settledInSeconds {
            state.withLock { state in
                state.current[id] = Fact(stamps: stamps, verifiedInSeconds: now)
                state.hasNews = true
            }
        }
        return .hashed
    }

    private func remembers(_ id: TableID, _ stamps: [UInt64], _ now: Int64) -> Bool {
        state.withLock { state in
            let known = state.known ?? load()
            state.known = known
            guard let fact = known[id], fact.stamps == stamps,
                // A clock that went back proves nothing.
                (0..<Self.lifetimeInSeconds).contains(now - fact.verifiedInSeconds)
            else { return false }
            state.current[id] = fact
            return true
        }
    }

    /// Keeps what this run has found out, if it is anything new; to be called at the end of a run.
    /// Tables that the run has not seen are forgotten.
    package func save() {
        let facts = state.withLock { state -> [TableID: Fact] in
            defer { state.hasNews = false }
            return state.hasNews ? state.current : [:]
        }
        if facts.isEmpty { return }
        let lines = facts.map { id, fact in
            ([id.description, "\(fact.verifiedInSeconds)"] + fact.stamps.map(String.init))
                .joined(separator: " ")
        }
        let text = Array(lines.sorted().joined(separator: "\n").utf8)
        // A full disk, a folder of somebody else: then tables are hashed next time.
        try? FileHandle.makeDirectories(path: folder.path, mode: 0o700)
        try? write(text)
    }

    private func write(_ text: [UInt8]) throws {
        let file = try ReplacedFile(path: path)
        try text.withUnsafeBytes { text in
            let (header, trailer) = CacheEntry.encode(place, text)
            try header.withUnsafeBytes { try file.append($0) }
            try file.append(text)
            try trailer.withUnsafeBytes { try file.append($0) }
        }
        try file.finish()
    }

    private func load() -> [TableID: Fact] {
        guard
            let file = try? FileHandle.open(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW),
            let status = try? file.status(), status.kind == .file,
            status.sizeInBytes <= Self.largestFileInBytes,
            let bytes = try? ObjectBytes(
                capacity: Int(status.sizeInBytes),
                fill: { memory throws(SystemCallError) in try file.read(into: memory, at: 0) }),
            let content = CacheEntry.decode(bytes, place)
        else { return [:] }
        let text = withExtendedLifetime(content) { String(decoding: content.bytes, as: UTF8.self) }
        var facts: [TableID: Fact] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 2, let digest = Digest256(hexadecimal: String(words[0])),
                let seconds = Int64(words[1])
            else { continue }
            facts[TableID(digest)] = Fact(
                stamps: words.dropFirst(2).compactMap { UInt64($0) }, verifiedInSeconds: seconds)
        }
        return facts
    }

    private var path: [UInt8] {
        let hash = Array(place.utf8).withUnsafeBytes { SHA256.digest(of: $0) }
        return folder.appending(PlaceFolder.name(forHash: hash.hexadecimal)).path
    }

    /// What tells this state of a file from any other.
    private static func stamps(_ status: FileStatus) -> [UInt64] {
        [
            status.device, status.inode, status.sizeInBytes,
            UInt64(bitPattern: status.modified.seconds), UInt64(status.modified.nanoseconds),
            UInt64(bitPattern: status.changed.seconds), UInt64(status.changed.nanoseconds),
        ]
    }

    /// The files for all repositories.
    package static func files(in cacheDirectory: [UInt8]) -> PlaceFolder {
        PlaceFolder("verified", in: cacheDirectory)
    }
}

import Cryptography
import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

@testable import StatCaching

/// Entries come back from the stat cache as they were put into it.
struct StatCacheEntryTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    /// A file of each kind that an entry may have, for its status.
    private func status(of kind: EntryKind) throws -> FileStatus {
        let path = DiskPath(directory.appending("probe"))
        if path.exists { try path.remove() }
        switch kind {
        case .directory: try path.makeDirectory()
        case .symlink(let target): try path.makeLink(to: target)
        case .fifo: try path.makePipe()
        // What cannot be made everywhere: the entry is told from the kind of the status.
        default: try path.write([])
        }
        return try path.status()
    }

    private func isMakeable(_ kind: EntryKind) -> Bool {
        switch kind {
        case .socket, .characterDevice, .blockDevice: false
        default: true
        }
    }

    /// Lets `body` look at the record of an entry.
    private func withRecord(
        _ entry: Entry, _ status: FileStatus, isTrusted: Bool = true,
        _ body: (StatCacheEntry) throws -> Void
    ) rethrows {
        var bytes: [UInt8] = []
        StatCacheEntry.append(entry, status, isTrusted: isTrusted, to: &bytes)
        // What stands behind must not matter.
        let length = bytes.count
        bytes += [UInt8](repeating: 0xA5, count: 50)
        try bytes.withUnsafeBytes { bytes in
            let record = StatCacheEntry(at: bytes.baseAddress!)
            #expect(record.bytes.count == length)
            try body(record)
        }
    }

    @Test(arguments: seeds(count: 8))
    func `an entry comes back with its attributes and links`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            let entry = generator.entry()
            guard isMakeable(entry.kind) else { continue }
            try withRecord(entry, status(of: entry.kind)) { record in
                #expect(record.entry == entry)
                #expect(record.kind == entry.kind)
                #expect(record.extendedAttributes == entry.extendedAttributes)
                #expect(record.hasHardLink(entry.hardLink))
                #expect(!record.hasHardLink(TreePath([0x7F, 0x7F])))
                #expect(record.hasHardLink(nil) == (entry.hardLink == nil))
                #expect(record.content == entry.kind.content)
            }
        }
    }

    @Test func `an entry without them takes no room for them`() throws {
        var generator = SeededGenerator(seed: 1)
        let metadata = generator.metadata()
        let plain = Entry(name: FileName("a"), kind: .fifo, metadata: metadata)
        try withRecord(plain, status(of: .fifo)) { #expect($0.bytes.count == 65) }
        let linked = Entry(
            name: FileName("a"), kind: .fifo, metadata: metadata, hardLink: TreePath([0x62]))
        try withRecord(linked, status(of: .fifo)) { #expect($0.bytes.count == 70) }
        let born = Entry(
            name: FileName("a"), kind: .fifo, metadata: metadata, hardLink: TreePath([0x62]),
            created: Timestamp(seconds: -1, nanoseconds: 5))
        try withRecord(born, status(of: .fifo)) { #expect($0.bytes.count == 82) }
    }

    @Test(.enabled(if: hasBirthTimes, "the temporary folders tell no birth times"))
    func `a line is compared with what a look tells of a birth, if that was asked for`() throws {
        let path = DiskPath(directory.appending("born"))
        try path.write([])
        let usual = try path.status()
        let full = try FileStatus.of(path: path.bytes, followsLinks: false, .withBirthTime)
        let time = try #require(full.birthTime)
        let other = Timestamp(seconds: time.seconds, nanoseconds: time.nanoseconds ^ 1)
        for (created, isOfUsual, isOfFull) in [
            (nil, true, false), (time, false, true), (other, false, false),
        ] {
            let entry = Entry(
                name: FileName("born"), kind: .file(.empty), metadata: usual.metadata,
                flags: .noDump, created: created)
            withRecord(entry, full) { record in
                #expect(record.hasBirthTime(of: usual) == isOfUsual)
                #expect(record.hasBirthTime(of: full) == isOfFull)
                // Nothing else of the comparison is about it.
                #expect(record.matches(full) && record.matches(usual))
                #expect(record.flags == .noDump)
                #expect(record.created == created)
            }
        }
    }

    @Test func `a folder keeps its attributes while its change time stands`() throws {
        var generator = SeededGenerator(seed: 1)
        let entry = Entry(
            name: FileName("a"), kind: .directory(.empty), metadata: generator.metadata())
        let path = DiskPath(directory.appending("folder"))
        try path.makeDirectory()
        let before = try path.status()
        try waitForTick(in: directory.path)
        try path.setPermissions(0o700)
        let after = try path.status()
        #expect(before.modified == after.modified)
        withRecord(entry, before) { record in
            #expect(record.hasAttributes(ofDirectory: before))
            #expect(!record.hasAttributes(ofDirectory: after))
        }
        withRecord(entry, before, isTrusted: false) { record in
            #expect(!record.hasAttributes(ofDirectory: before))
        }
    }

    @Test func `an entry without stamps matches nothing, and is all there`() throws {
        let file = DiskPath(directory.appending("file"))
        try file.write([])
        let status = try file.status()
        let entry = Entry(
            name: FileName("a"), kind: .file(.empty), metadata: status.metadata,
            hardLink: TreePath([0x62]))
        withRecord(entry, status) { #expect($0.matches(status)) }
        var bytes: [UInt8] = [1, 2, 3]
        StatCacheEntry.append(unmatched: entry, to: &bytes)
        bytes.withUnsafeBytes { bytes in
            let unmatched = StatCacheEntry(at: bytes.baseAddress! + 3)
            #expect(!unmatched.matches(status))
            #expect(!unmatched.hasStamps(of: status))
            #expect(!unmatched.isTrusted)
            #expect(unmatched.entry == entry)
        }
    }

    @Test(arguments: [true, false])
    func `a restore that has not looked at attributes does not vouch for them`(
        knowsAttributes: Bool
    ) throws {
        let file = DiskPath(directory.appending("file"))
        try file.write([1])
        let status = try file.status()
        let entry = Entry(
            name: FileName("a"),
            kind: .file(Content(sizeInBytes: 1, levels: 0, chunks: [ChunkID(Digest256.zero)])),
            metadata: status.metadata)
        let path = directory.appending("cache")
        let writer = FolderRecordWriter(path: path, old: nil)
        var segments = StatCacheWriter.Segments()
        writer.add(
            entry, status, isTrusted: true, knowsAttributes: knowsAttributes, to: &segments)
        let ordinal = writer.add(entry, to: &segments)
        writer.note(ordinal, status, isTrusted: true, knowsAttributes: knowsAttributes)
        writer.finish(&segments, path: [], content: .empty)
        guard case .written(let digest) = writer.finish() else {
            Issue.record("no cache was written")
            return
        }
        let cache = try #require(StatCache(path: path, digest: digest))
        var cursor = StatCacheCursor(try #require(cache.directory([])))
        for _ in 0..<2 {
            let next = cursor.next()
            let record = try #require(next)
            #expect(record.matches(status))
            #expect(record.isTrusted)
            #expect(record.knowsAttributes == knowsAttributes)
            #expect(record.hasAttributes(ofDirectory: status) == knowsAttributes)
        }
        #expect(cursor.peek() == nil)
    }

    private func hash(_ bytes: [UInt8]) -> Digest256 { bytes.withUnsafeBytes(SHA256.digest) }

    @Test func `a cache of an earlier version is not used`() throws {
        let path = directory.appending("cache")
        let writer = StatCacheWriter(path: path, old: nil)
        var segments = StatCacheWriter.Segments()
        writer.finish(&segments, path: [], content: .empty)
        _ = writer.finish()
        var bytes = try directory.read("cache")
        #expect(StatCache(path: path, digest: hash(bytes)) != nil)
        bytes[bytes.count - 1] = 1
        try directory.write("cache", bytes)
        #expect(StatCache(path: path, digest: hash(bytes)) == nil)
    }
}

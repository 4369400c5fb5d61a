import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

@testable import StatCaching

/// A record written while a folder is restored: entries match exactly what was noted of them.
struct FolderRecordWriterTests {
    private let directory: TemporaryDirectory
    private var path: [UInt8] { directory.appending("cache") }

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    /// A file on the disk, with the entry that a listing would have of it.
    private func file(_ number: Int) throws -> (entry: Entry, status: FileStatus) {
        let name = "file \(number)"
        let size = number % 7
        try directory.write(name, [UInt8](repeating: 7, count: size))
        let status = try DiskPath(directory.appending(name)).status()
        var generator = SeededGenerator(seed: UInt64(number))
        let content = Content(
            sizeInBytes: UInt64(size), levels: 0, chunks: size == 0 ? [] : [generator.chunkID()])
        let entry = Entry(
            name: FileName(name), kind: .file(content), metadata: status.metadata)
        return (entry, status)
    }

    /// What becomes of an entry.
    private enum Way: CaseIterable {
        case added, addedUntrusted, noted, notedUntrusted, never
    }

    private func load(_ writer: FolderRecordWriter) throws -> StatCache {
        let hash = try #require(writer.finish().hash)
        return try #require(StatCache(path: path, digest: hash))
    }

    @Test(arguments: seeds(count: 6), [0, 1, 40, 1500])
    func `every entry has the stamps that were noted, or none`(seed: UInt64, count: Int) throws {
        var generator = SeededGenerator(seed: seed)
        let writer = FolderRecordWriter(path: path, old: nil)
        var segments = StatCacheWriter.Segments()
        var notes: [(ordinal: Int, status: FileStatus, isTrusted: Bool)] = []
        var expected: [(entry: Entry, status: FileStatus, way: Way)] = []
        for number in 0..<count {
            let (entry, status) = try file(number % 50)
            let way = generator.pick(Way.allCases)
            switch way {
            case .added, .addedUntrusted:
                writer.add(entry, status, isTrusted: way == .added, to: &segments)
            default:
                let ordinal = writer.add(entry, to: &segments)
                if way != .never { notes.append((ordinal, status, way == .noted)) }
            }
            expected.append((entry, status, way))
        }
        let content = generator.content()
        writer.finish(&segments, path: Array("a/b".utf8), content: content)
        for note in notes.shuffled(using: &generator) {
            writer.note(note.ordinal, note.status, isTrusted: note.isTrusted)
        }
        let cache = try load(writer)
        let record = try #require(cache.directory(Array("a/b".utf8)))
        #expect(record.entryCount == count)
        #expect(record.content == content)
        var cursor = StatCacheCursor(record)
        for (entry, status, way) in expected {
            let next = cursor.next()
            let found = try #require(next)
            #expect(found.entry == entry)
            #expect(found.matches(status) == (way == .added || way == .noted))
            #expect(found.hasStamps(of: status) == (way != .never))
            #expect(!found.hasOrdinal)
        }
        let end = cursor.next()
        #expect(end == nil)
    }

    @Test func `nothing is written when everything is kept`() throws {
        let first = FolderRecordWriter(path: path, old: nil)
        for name in ["", "a"] {
            var segments = StatCacheWriter.Segments()
            let (entry, status) = try file(3)
            first.add(entry, status, isTrusted: true, to: &segments)
            first.finish(&segments, path: Array(name.utf8), content: .empty)
        }
        let old = try load(first)
        let before = try DiskPath(path).status()
        let second = FolderRecordWriter(path: path, old: old)
        for name in ["", "a"] { second.keep(try #require(old.directory(Array(name.utf8)))) }
        #expect(second.finish() == .unchanged)
        #expect(try DiskPath(path).status() == before)
    }

    @Test func `kept and new folders stand side by side, and stamps come into the right ones`()
        throws
    {
        let (entry, status) = try file(3)
        let first = FolderRecordWriter(path: path, old: nil)
        var segments = StatCacheWriter.Segments()
        first.add(entry, status, isTrusted: true, to: &segments)
        first.finish(&segments, path: [0x61], content: .empty)
        let old = try load(first)
        let second = FolderRecordWriter(path: path, old: old)
        var other = StatCacheWriter.Segments()
        let ordinal = second.add(entry, to: &other)
        second.finish(&other, path: [0x62], content: .empty)
        second.keep(try #require(old.directory([0x61])))
        second.note(ordinal, status, isTrusted: false)
        let cache = try load(second)
        for (name, isTrusted) in [(UInt8(0x61), true), (0x62, false)] {
            var cursor = StatCacheCursor(try #require(cache.directory([name])))
            let next = cursor.next()
            let found = try #require(next)
            #expect(found.isTrusted == isTrusted)
            #expect(found.hasStamps(of: status))
        }
    }

    @Test func `an entry without a note matches no file, not even one with the same number`()
        throws
    {
        let (entry, status) = try file(3)
        let writer = FolderRecordWriter(path: path, old: nil)
        var segments = StatCacheWriter.Segments()
        _ = writer.add(entry, to: &segments)
        writer.finish(&segments, path: [], content: .empty)
        let cache = try load(writer)
        var cursor = StatCacheCursor(try #require(cache.directory([])))
        let next = cursor.next()
        let found = try #require(next)
        #expect(!found.matches(status) && !found.hasStamps(of: status) && !found.isTrusted)
    }

    @Test func `a folder that is gone is no record`() throws {
        let writer = FolderRecordWriter(path: directory.appending("missing/cache"), old: nil)
        var segments = StatCacheWriter.Segments()
        _ = writer.add(try file(3).entry, to: &segments)
        writer.finish(&segments, path: [], content: .empty)
        #expect(writer.finish() == .failed)
    }
}

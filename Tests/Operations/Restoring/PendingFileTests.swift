import FileHandles
import SnapshotModel
import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import Restoring

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file whose parts come in any order.
struct PendingFileTests {
    private let directory: TemporaryDirectory
    private let damaged = DamageList()
    private let metadata = Metadata(
        mode: 0o640, userID: geteuid(), groupID: getegid(),
        modified: Timestamp(seconds: 77, nanoseconds: 5))

    /// The paths that were reported.
    private final class DamageList: Sendable {
        private let list = Mutex<[[UInt8]]>([])
        var paths: [[UInt8]] { list.withLock { $0 } }
        func note(_ event: RestoreEvent) {
            if case .damaged(let path, _) = event { list.withLock { $0.append(path) } }
        }
    }

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    private var root: DiskPath { DiskPath(directory.path) }

    private func makeContext(makesHoles: Bool = false) -> RestoreContext {
        var settings = RestoreSettings(target: directory.path)
        settings.makesHoles = makesHoles
        return RestoreContext(settings, RestoreResults { [damaged] in damaged.note($0) })
    }

    private func makeFile(
        _ name: String, _ size: Int, _ context: RestoreContext
    ) throws -> (file: PendingFile, directory: PendingDirectory) {
        let parent = PendingDirectory(target: try directory.open(), nil, context)
        let entry = Entry(name: FileName(name), kind: .file(.empty), metadata: metadata)
        return (PendingFile(entry, sizeInBytes: UInt64(size), in: parent, context), parent)
    }

    /// Bytes of which each hundred are a chunk, some of them zeros.
    private func content(seed: UInt64, chunks: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<chunks).flatMap { _ in
            generator.oneIn(3) ? [UInt8](repeating: 0, count: 100) : generator.bytes(100)
        }
    }

    private func write(
        _ chunks: ArraySlice<Int>, of content: [UInt8], to file: PendingFile
    ) throws {
        // The block holds the chunks of the call, one behind the other.
        var block: [UInt8] = []
        var pieces: [PendingFile.Piece] = []
        for chunk in chunks.sorted() {
            pieces.append(
                PendingFile.Piece(
                    file: 0, blockOffset: UInt32(block.count), fileOffset: UInt64(chunk * 100),
                    length: 100))
            block += content[chunk * 100..<chunk * 100 + 100]
        }
        try block.withUnsafeBytes { try file.write(pieces[...], of: $0) }
    }

    @Test(arguments: seeds(count: 10), [false, true])
    func `any order of parts gives the file`(seed: UInt64, makesHoles: Bool) throws {
        var generator = SeededGenerator(seed: seed)
        let count = generator.number(in: 1...40)
        let content = content(seed: seed, chunks: count)
        let context = makeContext(makesHoles: makesHoles)
        let (file, parent) = try makeFile("file", content.count, context)
        for _ in 0..<count { file.retain() }
        try file.endPlanning()
        var rest = Array(0..<count).shuffled(using: &generator)[...]
        while !rest.isEmpty {
            #expect(!root.appending("file").exists)
            let part = rest.prefix(generator.number(in: 1...10))
            rest = rest.dropFirst(part.count)
            try write(part, of: content, to: file)
            // As happens when many files are begun.
            if generator.oneIn(3) { file.closeHandle() }
        }
        parent.release()
        #expect(try root.names() == [Array("file".utf8)])
        #expect(try root.appending("file").read() == content)
        let status = try root.appending("file").status()
        #expect(status.permissions == 0o640)
        #expect(status.modified == FileStatus.Time(seconds: 77, nanoseconds: 5))
        #expect(context.results.current.files == 1)
        #expect(context.results.current.bytes == UInt64(content.count))
        context.close()
    }

    @Test func `several threads may write at once`() throws {
        let content = content(seed: 3, chunks: 400)
        let context = makeContext()
        let (file, parent) = try makeFile("file", content.count, context)
        for _ in 0..<400 { file.retain() }
        try withThreads { threads in
            for thread in 0..<4 {
                threads.spawn {
                    for chunk in stride(from: thread, to: 400, by: 4) {
                        try write([chunk], of: content, to: file)
                    }
                }
            }
            try file.endPlanning()
        }
        parent.release()
        #expect(try root.appending("file").read() == content)
        context.close()
    }

    @Test func `a file is not complete before all of its parts are known`() throws {
        let content = content(seed: 4, chunks: 2)
        let context = makeContext()
        let (file, parent) = try makeFile("file", content.count, context)
        for chunk in 0..<2 {
            file.retain()
            try write([chunk], of: content, to: file)
            #expect(!root.appending("file").exists)
        }
        try file.endPlanning()
        #expect(try root.appending("file").read() == content)
        parent.release()
        context.close()
    }

    @Test func `a file without parts is empty`() throws {
        let context = makeContext()
        let (file, parent) = try makeFile("file", 0, context)
        try file.endPlanning()
        parent.release()
        #expect(try root.appending("file").read().isEmpty)
        context.close()
    }

    @Test(arguments: [0, 1, 3])
    func `a file that is given up leaves nothing and is named once`(written: Int) throws {
        let content = content(seed: 5, chunks: 4)
        let context = makeContext()
        let (file, parent) = try makeFile("file", content.count, context)
        for _ in 0..<4 { file.retain() }
        try file.endPlanning()
        for chunk in 0..<written { try write([chunk], of: content, to: file) }
        #expect(try root.names().count == min(1, written))
        file.fail(damage: "one")
        file.fail(damage: "two")
        #expect(try root.names().isEmpty)
        try file.settle(places: 1)
        for chunk in written..<3 { try write([chunk], of: content, to: file) }
        parent.release()
        #expect(try root.names().isEmpty)
        #expect(damaged.paths == [root.appending("file").bytes])
        #expect(context.results.current.files == 0)
        context.close()
    }

    @Test func `what is not complete at the end is removed`() throws {
        let content = content(seed: 6, chunks: 2)
        let context = makeContext()
        let files = try ["a", "b"].map { try makeFile($0, content.count, context).file }
        for file in files {
            for _ in 0..<2 { file.retain() }
            try file.endPlanning()
            try write([0], of: content, to: file)
        }
        try write([1], of: content, to: files[0])
        #expect(try root.names().count == 2)
        context.close()
        #expect(try root.names() == [[0x61]])
    }

    @Test func `a folder that takes the name meanwhile is kept under another one`() throws {
        let content = content(seed: 7, chunks: 2)
        let context = makeContext()
        let (file, parent) = try makeFile("file", content.count, context)
        for _ in 0..<2 { file.retain() }
        try file.endPlanning()
        try root.appending("file").makeDirectory()
        try write([1], of: content, to: file)
        try write([0], of: content, to: file)
        parent.release()
        #expect(context.results.current.failed == 0)
        #expect(context.results.current.conflicts == 1)
        #expect(try root.appending("file").read() == content)
        let other = try #require(root.names().first { $0 != Array("file".utf8) })
        #expect(try root.appending(other).status().kind == .directory)
        context.close()
    }
}

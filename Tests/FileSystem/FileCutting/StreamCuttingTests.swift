import Chunking
import FileCutting
import FileHandles
import SnapshotModel
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Streams are cut as files with the same bytes.
struct StreamCuttingTests {
    private let directory: TemporaryDirectory
    private let cutters = FileCutters(ChunkingParameters())

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    private func lengths(_ reader: LargeFileReader, of content: [UInt8]) throws -> [Int] {
        var reader = reader
        var lengths: [Int] = []
        var offset = 0
        while let piece = try reader.next() {
            guard case .chunks(let bytes) = piece else {
                Issue.record("there are no holes")
                return []
            }
            bytes.forEachChunk { chunk in
                #expect(chunk.elementsEqual(content[offset..<offset + chunk.count]))
                offset += chunk.count
            }
            lengths += bytes.lengths
        }
        #expect(offset == content.count)
        #expect(try reader.next() == nil)
        return lengths
    }

    private func expectEqualCuts(_ content: [UInt8], pieceInBytes: Int = 50_000) throws -> [Int] {
        let path = DiskPath(directory.path).appending("file")
        try path.write(content)
        let file = try FileHandle.open(path: path.bytes, flags: O_RDONLY)
        let ofFile = try lengths(
            LargeFileReader(file, try file.status(), cutters), of: content)
        let pipe = try StreamPipe()
        pipe.feed(content, pieceInBytes: pieceInBytes)
        let ofStream = try lengths(
            LargeFileReader(ByteStream(pipe.output) { true }, cutters), of: content)
        pipe.join()
        #expect(ofStream == ofFile)
        return ofStream
    }

    @Test(arguments: seeds(count: 4))
    func `whatever the bytes are, and however they come`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let content = generator.mixedBytes(generator.number(in: 1...4_000_000))
        _ = try expectEqualCuts(content, pieceInBytes: generator.number(in: 1000...300_000))
    }

    @Test(arguments: [0, 1, 4096, 1_048_575, 1_048_576, 1_048_577, 1_114_112, 1_114_113])
    func `at each size where reading is done otherwise`(size: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size))
        let lengths = try expectEqualCuts(generator.bytes(size))
        #expect(lengths.isEmpty == (size == 0))
    }

    @Test(arguments: [700_000, 3_000_000])
    func `a database in pages, and what is compressed in large chunks`(size: Int) throws {
        var generator = SeededGenerator(seed: 5)
        let pages = try expectEqualCuts(Array("SQLite format 3\0".utf8) + generator.bytes(size))
        #expect(pages.dropLast().allSatisfy { $0 == 8192 })
        let chunks = try expectEqualCuts([0x1F, 0x8B, 0x08] + generator.bytes(size))
        #expect(chunks.count < size / 100_000)
    }

    @Test(arguments: [512 * 2047, 512 * 2048, 512 * 2049, 512 * 4096])
    func `a disk in pages, once it is as long as a disk`(size: Int) throws {
        var generator = SeededGenerator(seed: 6)
        var disk = generator.bytes(size)
        disk.replaceSubrange(512..<520, with: Array("EFI PART".utf8))
        let lengths = try expectEqualCuts(disk)
        #expect(lengths.dropLast().allSatisfy { $0 == 8192 } == (size >= 1024 * 1024))
    }

    /// The exception: a file of this length would be cut otherwise, and nobody can know in time.
    @Test func `a stream that looks like a disk is taken for one whatever its length`() throws {
        var generator = SeededGenerator(seed: 7)
        var disk = generator.bytes(2_000_001)
        disk.replaceSubrange(512..<520, with: Array("EFI PART".utf8))
        let pipe = try StreamPipe()
        pipe.feed(disk)
        let cut = try lengths(LargeFileReader(ByteStream(pipe.output) { true }, cutters), of: disk)
        pipe.join()
        #expect(cut.dropLast().allSatisfy { $0 == 8192 })
    }

    @Test func `a stream that is given up is no end`() throws {
        let pipe = try StreamPipe()
        pipe.write([1])
        var questions = 0
        let stream = ByteStream(pipe.output) {
            questions += 1
            return questions < 2
        }
        #expect(throws: SystemCallError.self) { _ = try LargeFileReader(stream, cutters) }
    }
}

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

/// Files as stretches of whole chunks.
struct LargeFileReaderTests {
    private let directory: TemporaryDirectory
    private let cutters = FileCutters(ChunkingParameters())

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    /// The lengths of all chunks, after a look at their bytes.
    /// - Parameter isAhead: which stretches somebody else has read, by their offset.
    private func chunks(
        of content: [UInt8], isAhead: (UInt64) -> Bool = { _ in false }
    ) throws -> [Int] {
        let path = DiskPath(directory.path).appending("file")
        try path.write(content)
        let file = try FileHandle.open(path: path.bytes, flags: O_RDONLY)
        var reader = try LargeFileReader(file, try file.status(), cutters)
        let stretches = try #require(reader.stretches)
        var lengths: [Int] = []
        var offset = 0
        while let piece = try reader.next(ahead: { offset throws(SystemCallError) in
            isAhead(offset) ? try stretches.readAhead(at: offset) : nil
        }) {
            switch piece {
            case .chunks(let bytes):
                #expect(bytes.sizeInBytes == bytes.lengths.reduce(0, +))
                bytes.forEachChunk { chunk in
                    #expect(chunk.elementsEqual(content[offset..<offset + chunk.count]))
                    lengths.append(chunk.count)
                    offset += chunk.count
                }
            case .zeros(let count, let length):
                #expect(content[offset..<offset + count * length].allSatisfy { $0 == 0 })
                lengths += [Int](repeating: length, count: count)
                offset += count * length
            }
        }
        #expect(offset == content.count)
        return lengths
    }

    @Test(arguments: seeds(count: 4))
    func `the stretches are the file, and are cut as one piece would be`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let content = generator.bytes(generator.number(in: 1...3_000_000))
        #expect(try chunks(of: content) == whole(content))
    }

    @Test(arguments: seeds(count: 2), [[], [0x1F, 0x8B, 0x08], Array("SQLite format 3\0".utf8)])
    func `whichever stretches were read ahead`(seed: UInt64, head: [UInt8]) throws {
        var generator = SeededGenerator(seed: seed)
        let size = generator.number(in: 1_500_000...4_000_000)
        let content = head + generator.mixedBytes(size)
        let expected = whole(content)
        #expect(try chunks(of: content) { _ in true } == expected)
        #expect(try chunks(of: content) { _ in generator.oneIn(2) } == expected)
    }

    @Test func `an error of who has read ahead is the reader's`() throws {
        let path = DiskPath(directory.path).appending("file")
        try path.write([UInt8](repeating: 1, count: 2_000_000))
        let file = try FileHandle.open(path: path.bytes, flags: O_RDONLY)
        var reader = try LargeFileReader(file, try file.status(), cutters)
        let error = #expect(throws: SystemCallError.self) {
            while try reader.next(ahead: { offset throws(SystemCallError) in
                if offset == 0 { return nil }
                throw SystemCallError(number: EIO, call: "read", path: path.bytes)
            }) != nil {}
        }
        #expect(error?.number == EIO)
    }

    @Test func `to read ahead is worth it up to the next hole`() throws {
        let path = DiskPath(directory.path).appending("file")
        try path.truncate(to: 8 << 20)
        try path.overwrite([UInt8](repeating: 1, count: 1 << 20), at: 1 << 20)
        let file = try FileHandle.open(path: path.bytes, flags: O_RDONLY)
        let reader = try LargeFileReader(file, try file.status(), cutters)
        let stretches = try #require(reader.stretches)
        #expect(stretches.endOfData(from: 0) == 0)
        #expect(stretches.endOfData(from: (1 << 20) + 5) == 2 << 20)
        #expect(stretches.endOfData(from: 9 << 20) == 8 << 20)
    }

    /// What one piece would be cut into.
    private func whole(_ content: [UInt8]) -> [Int] {
        var whole: [Int] = []
        content.withUnsafeBytes { bytes in
            let cutter = cutters.cutter(
                forHead: UnsafeRawBufferPointer(rebasing: bytes.prefix(68 * 1024)),
                sizeInBytes: UInt64(bytes.count))
            var start = 0
            while start < bytes.count {
                let length = cutter.length(of: UnsafeRawBufferPointer(rebasing: bytes[start...]))
                whole.append(length)
                start += length
            }
        }
        return whole
    }

    @Test func `an empty file has no chunks`() throws {
        #expect(try chunks(of: []) == [])
    }
}

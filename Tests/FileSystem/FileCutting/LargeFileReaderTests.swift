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
    private func chunks(of content: [UInt8], holes: [Range<Int>] = []) throws -> [Int] {
        let path = DiskPath(directory.path).appending("file")
        try path.write(content)
        let file = try FileHandle.open(path: path.bytes, flags: O_RDONLY)
        var reader = try LargeFileReader(file, try file.status(), cutters)
        var lengths: [Int] = []
        var offset = 0
        while let piece = try reader.next() {
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
        let lengths = try chunks(of: content)
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
        #expect(lengths == whole)
    }

    @Test func `an empty file has no chunks`() throws {
        #expect(try chunks(of: []) == [])
    }
}

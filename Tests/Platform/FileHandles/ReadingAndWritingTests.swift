import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct ReadingAndWritingTests {
    private let directory: TemporaryDirectory
    private let file: FileHandle

    init() throws {
        directory = try TemporaryDirectory()
        file = try FileHandle.open(path: directory.appending("file"), flags: O_RDWR | O_CREAT)
    }

    private func write(_ bytes: [UInt8], at offset: UInt64) throws {
        try bytes.withUnsafeBytes { try file.write($0, at: offset) }
    }

    private func read(_ count: Int, at offset: UInt64, expected: Int? = nil) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0xEE, count: count)
        let length = try buffer.withUnsafeMutableBytes {
            try file.read(into: $0, at: offset, expected: expected)
        }
        #expect(buffer[length...].allSatisfy { $0 == 0xEE })
        return Array(buffer[..<length])
    }

    @Test(arguments: seeds(count: 4))
    func readsWhatWasWrittenAtAnyOffset(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var model: [UInt8] = []
        for _ in 0..<60 {
            let offset = generator.number(in: 0...5000)
            let bytes = generator.bytes(generator.number(in: 0...3000))
            try write(bytes, at: UInt64(offset))
            if !bytes.isEmpty {
                let end = offset + bytes.count
                model += [UInt8](repeating: 0, count: max(0, end - model.count))
                model.replaceSubrange(offset..<end, with: bytes)
            }
            let start = generator.number(in: 0...9000)
            let count = generator.number(in: 0...9000)
            let expected = Array(model.dropFirst(start).prefix(count))
            #expect(try read(count, at: UInt64(start)) == expected)
        }
        #expect(try file.status().sizeInBytes == UInt64(model.count))
    }

    /// Around the most that one call writes, and far beyond.
    @Test(arguments: [131_071, 131_072, 131_073, 262_144, 1_000_003])
    func `what takes several calls is written as a whole`(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = generator.bytes(count)
        try write(bytes, at: 77)
        #expect(try file.status().sizeInBytes == UInt64(count + 77))
        #expect(try read(count + 1, at: 77) == bytes)
    }

    @Test func readingStopsAtTheExpectedCountOrAtTheEnd() throws {
        try write([1, 2, 3, 4, 5], at: 0)
        #expect(try read(10, at: 0, expected: 5) == [1, 2, 3, 4, 5])
        #expect(try read(10, at: 0, expected: 8) == [1, 2, 3, 4, 5])
        #expect(try read(10, at: 0) == [1, 2, 3, 4, 5])
        #expect(try read(3, at: 4) == [5])
        #expect(try read(3, at: 5).isEmpty)
        #expect(try read(3, at: 1 << 40).isEmpty)
    }

    @Test func aPipeCannotBeReadAtAnOffset() throws {
        try directory.open().makeNode(name: Array("pipe".utf8), mode: S_IFIFO | 0o600)
        let pipe = try FileHandle.open(
            path: directory.appending("pipe"), flags: O_RDWR | O_NONBLOCK)
        var buffer = [UInt8](repeating: 0, count: 8)
        let error = #expect(throws: SystemCallError.self) {
            try buffer.withUnsafeMutableBytes { try pipe.read(into: $0, at: 0) }
        }
        #expect(error?.number == ESPIPE)
    }

    @Test func holesReadAsZerosAndAreFound() throws {
        let size: UInt64 = 1 << 20
        try file.truncate(to: size)
        #expect(try file.status().sizeInBytes == size)
        #expect(try file.status().allocatedInBytes < size)
        #expect(try read(100, at: size - 100) == [UInt8](repeating: 0, count: 100))
        let data: UInt64 = 512 * 1024
        try write([1], at: data)
        // File systems without holes call everything data.
        let first = file.nextData(from: 0)
        #expect(first == data || first == 0)
        #expect(file.nextData(from: data) == data)
        let behind = file.nextData(from: data + 64 * 1024)
        #expect(behind == nil || behind == data + 64 * 1024)
        let hole = file.nextHole(from: 0)
        #expect(hole == first.map { $0 == 0 ? size : 0 })
        #expect((data + 1...size).contains(file.nextHole(from: data)))
        #expect(file.nextHole(from: size) == .max)
        try file.truncate(to: 3)
        #expect(try read(10, at: 0) == [0, 0, 0])
    }

    @Test func failuresNameCallPathAndNumber() throws {
        let path = directory.appending("missing")
        let missing = #expect(throws: SystemCallError.self) {
            try FileHandle.open(path: path, flags: O_RDONLY)
        }
        #expect(missing?.number == ENOENT)
        #expect(missing?.call == "open")
        #expect(missing?.path == path)
        let reader = try FileHandle.open(path: directory.appending("file"), flags: O_RDONLY)
        let refused = #expect(throws: SystemCallError.self) {
            try [1].withUnsafeBytes { try reader.write($0, at: 0) }
        }
        #expect(refused?.number == EBADF)
        #expect(refused?.call == "write")
        #expect(throws: SystemCallError.self) { try reader.truncate(to: 0) }
    }

    @Test func flushingAFileOrADirectorySucceeds() throws {
        try write([1], at: 0)
        try file.synchronize()
        try file.synchronizeFileSystem()
        file.adviseSequential()
        try directory.open().synchronize()
    }

    @Test func theDescriptorIsClosedWithTheLastReference() throws {
        var second: FileHandle? = try directory.open()
        let descriptor = try #require(second?.descriptor)
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
        let inode = try second?.status().inode
        second = nil
        // Another thread may have got the number meanwhile, for another file.
        let reopened = self.inode(of: descriptor)
        #expect(reopened == nil || reopened != inode)
    }

    private func inode(of descriptor: CInt) -> UInt64? {
        var raw = stat()
        return fstat(descriptor, &raw) == 0 ? UInt64(raw.st_ino) : nil
    }
}

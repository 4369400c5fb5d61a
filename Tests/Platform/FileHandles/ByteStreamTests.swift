import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct ByteStreamTests {
    /// Reads until the stream ends.
    private func readAll(_ stream: ByteStream, bufferInBytes: Int) throws -> [[UInt8]] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bufferInBytes, alignment: 1)
        defer { buffer.deallocate() }
        var pieces: [[UInt8]] = []
        while true {
            let count = try stream.read(into: buffer)
            if count > 0 { pieces.append(Array(buffer[..<count])) }
            if count < bufferInBytes { return pieces }
        }
    }

    @Test(arguments: [false, true], seeds(count: 3))
    func `the buffer is full but at the end, however the bytes come`(
        isNonblocking: Bool, seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = generator.bytes(generator.number(in: 0...500_000))
        let pipe = try StreamPipe(isNonblocking: isNonblocking)
        pipe.feed(bytes, pieceInBytes: generator.number(in: 100...100_000))
        let pieces = try readAll(ByteStream(pipe.output) { true }, bufferInBytes: 70_000)
        pipe.join()
        #expect(pieces.dropLast().allSatisfy { $0.count == 70_000 })
        #expect(Array(pieces.joined()) == bytes)
    }

    @Test func `a reader that is not to go on gets no end that could be mistaken`() throws {
        let pipe = try StreamPipe()
        pipe.write([1, 2, 3])
        var questions = 0
        let stream = ByteStream(pipe.output) {
            questions += 1
            return questions < 3
        }
        let error = #expect(throws: SystemCallError.self) {
            try readAll(stream, bufferInBytes: 10)
        }
        #expect(error?.number == ECANCELED)
        #expect(questions == 3)
    }

    @Test func `what cannot be read is an error that names the stream`() throws {
        let directory = try TemporaryDirectory().open()
        let stream = ByteStream(try FileHandle.duplicate(directory.descriptor, named: "input")) {
            true
        }
        let error = #expect(throws: SystemCallError.self) {
            try readAll(stream, bufferInBytes: 10)
        }
        #expect(error?.number == EISDIR)
        #expect(error?.path == Array("input".utf8))
    }

    @Test func `a descriptor that is not open cannot be duplicated`() {
        let error = #expect(throws: SystemCallError.self) {
            try FileHandle.duplicate(1_000_000, named: "input")
        }
        #expect(error?.number == EBADF)
    }
}

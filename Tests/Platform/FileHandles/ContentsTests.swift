import FileHandles
import TestSupport
import Testing

struct ContentsTests {
    @Test(arguments: [0, 1, 99, 100])
    func aFileUpToTheLimitIsReadWhole(count: Int) throws {
        let directory = try TemporaryDirectory()
        let bytes = (0..<count).map { UInt8($0) }
        try directory.write("f", bytes)
        #expect(
            try FileHandle.contents(path: directory.appending("f"), limitInBytes: 100) == bytes)
    }

    @Test(arguments: [4095, 4096, 4097, 9999, 10_000, 10_001])
    func aLongFileIsReadWholeUpToTheLimit(count: Int) throws {
        let directory = try TemporaryDirectory()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        try directory.write("f", bytes)
        let read = try FileHandle.contents(path: directory.appending("f"), limitInBytes: 10_000)
        #expect(read == (count > 10_000 ? nil : bytes))
    }

    @Test func aLongerFileIsRefused() throws {
        let directory = try TemporaryDirectory()
        try directory.write("f", [UInt8](repeating: 1, count: 101))
        #expect(try FileHandle.contents(path: directory.appending("f"), limitInBytes: 100) == nil)
    }

    @Test func whatIsNoFileCannotBeRead() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: SystemCallError.self) {
            try FileHandle.contents(path: directory.path, limitInBytes: 100)
        }
        #expect(throws: SystemCallError.self) {
            try FileHandle.contents(path: directory.appending("missing"), limitInBytes: 100)
        }
    }
}

import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct MappedFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 100_000])
    func hasTheBytesOfTheFile(size: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size))
        let bytes = generator.bytes(size)
        try directory.write("file", bytes)
        let file = try MappedFile(path: directory.appending("file"))
        withExtendedLifetime(file) {
            #expect(file.bytes.count == size)
            #expect(file.bytes.elementsEqual(bytes))
        }
    }

    @Test func keepsTheBytesWhenTheNameGoesToAnotherFile() throws {
        try directory.write("file", [1, 2, 3])
        let file = try MappedFile(path: directory.appending("file"))
        try directory.write("new", [4])
        try FileHandle.rename(directory.appending("new"), to: directory.appending("file"))
        try FileHandle.remove(path: directory.appending("file"))
        withExtendedLifetime(file) { #expect(file.bytes.elementsEqual([1, 2, 3])) }
    }

    @Test func outlivesTheHandleThatItWasMadeFrom() throws {
        try directory.write("file", [1, 2, 3])
        var handle: FileHandle? = try directory.open().open(
            name: Array("file".utf8), flags: O_RDONLY)
        let file = try handle.map { try MappedFile($0) }
        handle = nil
        #expect(file?.bytes.elementsEqual([1, 2, 3]) == true)
    }

    @Test func whatIsNoFileCannotBeMapped() throws {
        let missing = #expect(throws: SystemCallError.self) {
            try MappedFile(path: directory.appending("missing"))
        }
        #expect(missing?.number == ENOENT)
        #expect(throws: SystemCallError.self) { try MappedFile(path: directory.path) }
    }
}

import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct ReplacedFileTests {
    private let directory: TemporaryDirectory
    private let path: [UInt8]

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.appending("cache")
    }

    private func append(_ bytes: [UInt8], to file: ReplacedFile) throws {
        try bytes.withUnsafeBytes { try file.append($0) }
    }

    @Test(arguments: seeds(count: 3))
    func hasWhatWasAppendedAndOverwritten(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let file = try ReplacedFile(path: path)
        var model: [UInt8] = []
        for _ in 0..<20 {
            // Some pieces are larger than the buffer of the file.
            let size = generator.number(in: 0...(generator.oneIn(5) ? 300_000 : 2000))
            let bytes = generator.bytes(size)
            try append(bytes, to: file)
            model += bytes
            #expect(file.sizeInBytes == UInt64(model.count))
            if model.count > 100 {
                let position = generator.number(in: 0...model.count - 8)
                try file.change(at: UInt64(position), count: 8) {
                    $0.copyBytes(from: [1, 2, 3, 4, 5, 6, 7, 8])
                }
                model.replaceSubrange(position..<position + 8, with: [1, 2, 3, 4, 5, 6, 7, 8])
            }
        }
        var pieces: [UInt8] = []
        try file.forEachPiece { pieces += $0 }
        #expect(pieces == model)
        try file.finish()
        #expect(try directory.read("cache") == model)
    }

    @Test func appearsOnlyWhenItIsFinished() throws {
        try directory.write("cache", [9])
        let file = try ReplacedFile(path: path)
        try append([1, 2, 3], to: file)
        try file.change(at: 1, count: 1) { $0[0] = 7 }
        #expect(try directory.read("cache") == [9])
        #expect(try directory.names().count == 2)
        try file.finish()
        #expect(try directory.read("cache") == [1, 7, 3])
        #expect(try directory.names() == ["cache"])
        let permissions = try FileStatus.of(path: path, followsLinks: false).permissions
        #expect(permissions == 0o600)
    }

    @Test func leavesNothingWhenItIsDropped() throws {
        do {
            let file = try ReplacedFile(path: path)
            try append([UInt8](repeating: 1, count: 400_000), to: file)
            #expect(try directory.names().count == 1)
        }
        #expect(try directory.names().isEmpty)
    }

    @Test func leavesNothingWhenItCannotBeFinished() throws {
        try directory.open().makeDirectory(name: Array("cache".utf8), mode: 0o700)
        do {
            let file = try ReplacedFile(path: path)
            try append([1], to: file)
            #expect(throws: SystemCallError.self) { try file.finish() }
        }
        #expect(try directory.names() == ["cache"])
    }

    @Test func anEmptyFileIsFinishedToo() throws {
        try ReplacedFile(path: path).finish()
        #expect(try directory.read("cache").isEmpty)
    }

    @Test func severalWritersOfOnePathDoNotMix() throws {
        let first = try ReplacedFile(path: path)
        let second = try ReplacedFile(path: path)
        try append([UInt8](repeating: 1, count: 600_000), to: first)
        try append([2, 2], to: second)
        try first.finish()
        let mapped = try MappedFile(path: path)
        try append([2], to: second)
        try second.finish()
        #expect(try directory.read("cache") == [2, 2, 2])
        #expect(mapped.bytes.elementsEqual(repeatElement(1, count: 600_000)))
        #expect(try directory.names() == ["cache"])
    }

    @Test func aFolderThatIsMissingIsAnError() throws {
        let error = #expect(throws: SystemCallError.self) {
            try ReplacedFile(path: directory.appending("missing/cache"))
        }
        #expect(error?.number == ENOENT)
    }
}

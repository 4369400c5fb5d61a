import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct DirectoryTests {
    private let temporary: TemporaryDirectory
    private let directory: FileHandle

    init() throws {
        temporary = try TemporaryDirectory()
        directory = try temporary.open()
    }

    private func names(_ handle: FileHandle) throws -> Set<[UInt8]> {
        var names: [[UInt8]] = []
        try handle.forEachName { names.append(Array($0)) }
        #expect(Set(names).count == names.count)
        return Set(names)
    }

    @Test(arguments: seeds(count: 4))
    func anyBytesThatMayBeANameAreOne(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let separators: Set<UInt8> = [0, UInt8(ascii: "/")]
        var made = Set(
            generator.array(20...20) { $0.bytes(12).filter { !separators.contains($0) } })
        made.formUnion([[0xFF], [0xC3, 0x28], Array("-rf *".utf8), Array("...".utf8)])
        made.insert([UInt8](repeating: UInt8(ascii: "x"), count: 255))
        for name in made { _ = try directory.open(name: name, flags: O_WRONLY | O_CREAT) }
        #expect(try names(directory) == made)
        // Reading again begins anew.
        #expect(try names(directory) == made)
        for name in made { #expect(try directory.status(of: name).kind == .file) }
        for name in made { try directory.remove(name: name) }
        #expect(try names(directory).isEmpty)
    }

    @Test func aDirectoryThatWasRemovedHasNoNames() throws {
        try directory.makeDirectory(name: Array("folder".utf8), mode: 0o700)
        let folder = try directory.openDirectory(name: Array("folder".utf8))
        #expect(try names(folder).isEmpty)
        try directory.removeDirectory(name: Array("folder".utf8))
        #expect(try names(folder).isEmpty)
        #expect(try folder.hasNoEntries())
    }

    @Test(arguments: [0, 1, 2, 700])
    func namesEndWhenNobodyWantsMore(wanted: Int) throws {
        // More than fit into what the system gives at a time.
        for number in 0..<1500 {
            _ = try directory.open(name: Array("name-\(number)".utf8), flags: O_WRONLY | O_CREAT)
        }
        var count = 0
        try directory.forEachName(while: { count < wanted }) { _ in count += 1 }
        #expect(count == wanted)
        #expect(try names(directory).count == 1500)
    }

    @Test func aNameInMemoryServesForItsStatus() throws {
        try temporary.write("file", [1, 2, 3])
        var sizes: [UInt64] = []
        try directory.forEachName { name in
            let status = try? directory.status(ofTerminated: name)
            sizes.append(status?.sizeInBytes ?? 0)
        }
        #expect(sizes == [3])
        let missing = Array("missing\0".utf8)
        let error = missing.withUnsafeBytes { bytes in
            #expect(throws: SystemCallError.self) {
                try directory.status(
                    ofTerminated: UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
            }
        }
        #expect(error?.number == ENOENT)
        #expect(error?.path == temporary.appending("missing"))
    }

    @Test(.enabled(if: hasDescriptorList, "the system has no /proc/self/fd"))
    func listingAFileFailsAndLeavesNoDescriptorOpen() throws {
        try temporary.write("file", [])
        let path = temporary.appending("file")
        do {
            let file = try FileHandle.open(path: path, flags: O_RDONLY)
            let error = #expect(throws: SystemCallError.self) { try file.forEachName { _ in } }
            #expect(error?.number == ENOTDIR)
            #expect(try openDescriptors(of: path) == 1)
        }
        #expect(try openDescriptors(of: path) == 0)
    }

    private static let descriptorList = Array("/proc/self/fd".utf8)
    private static let hasDescriptorList =
        (try? FileHandle.openDirectory(path: descriptorList)) != nil

    private func openDescriptors(of path: [UInt8]) throws -> Int {
        let list = try FileHandle.openDirectory(path: Self.descriptorList)
        return try names(list).count { name in
            do {
                return try list.linkTarget(of: name) == path
            } catch is SystemCallError {
                // Closed by another thread meanwhile.
                return false
            }
        }
    }

    @Test func missingDirectoriesAreMadeWithThoseAbove() throws {
        for name in ["a", "b/c/d", "b/c/e", "b/c/d", "f/", "g/h//i/", "."] {
            try FileHandle.makeDirectories(path: temporary.appending(name), mode: 0o700)
            let path = temporary.appending(name)
            #expect(try FileStatus.of(path: path, followsLinks: false).kind == .directory)
        }
        try temporary.write("file", [])
        for name in ["file/a", "file/a/b"] {
            let error = #expect(throws: SystemCallError.self) {
                try FileHandle.makeDirectories(path: temporary.appending(name), mode: 0o700)
            }
            #expect(error?.number == ENOTDIR)
        }
    }

    @Test func aDirectoryIsMadeOnce() throws {
        try directory.makeDirectory(name: Array("a".utf8), mode: 0o750)
        #expect(try directory.status(of: Array("a".utf8)).permissions == 0o750)
        let again = #expect(throws: SystemCallError.self) {
            try directory.makeDirectory(name: Array("a".utf8), mode: 0o700)
        }
        #expect(again?.number == EEXIST)
        let other = #expect(throws: SystemCallError.self) {
            try FileHandle.makeDirectory(path: temporary.appending("b/c"), mode: 0o700)
        }
        #expect(other?.number == ENOENT)
    }

    @Test func renamingReplacesAndRemovingRemoves() throws {
        let (old, new) = (Array("old".utf8), Array("new".utf8))
        try temporary.write("old", [1])
        try temporary.write("new", [2])
        try directory.rename(old, to: new)
        #expect(try temporary.names() == ["new"])
        #expect(try temporary.read("new") == [1])
        try FileHandle.rename(temporary.appending("new"), to: temporary.appending("old"))
        #expect(try temporary.names() == ["old"])
        try directory.remove(name: old)
        #expect(try temporary.names().isEmpty)
        #expect(throws: SystemCallError.self) { try directory.remove(name: old) }
        #expect(throws: SystemCallError.self) { try directory.rename(old, to: new) }
        #expect(throws: SystemCallError.self) {
            try FileHandle.remove(path: temporary.appending("old"))
        }
    }

    @Test func removingNeverTakesADirectory() throws {
        try directory.makeDirectory(name: Array("a".utf8), mode: 0o700)
        #expect(throws: SystemCallError.self) { try directory.remove(name: Array("a".utf8)) }
        #expect(throws: SystemCallError.self) {
            try FileHandle.remove(path: temporary.appending("a"))
        }
        #expect(try temporary.names() == ["a"])
    }
}

import FileHandles
import TestSupport
import Testing

struct HardLinkTests {
    private let temporary: TemporaryDirectory
    private let directory: FileHandle
    private let first = Array("first".utf8)
    private let second = Array("second".utf8)

    init() throws {
        temporary = try TemporaryDirectory(isInMemory: true)
        directory = try temporary.open()
        try temporary.write("first", [1, 2])
    }

    @Test func `a file gets another name, and counts its names`() throws {
        #expect(try directory.status(of: first).linkCount == 1)
        try directory.makeLink(of: first, named: second, in: directory)
        let statuses = [try directory.status(of: first), try directory.status(of: second)]
        #expect(statuses[0] == statuses[1])
        #expect(statuses[0].linkCount == 2)
        try directory.remove(name: first)
        #expect(try directory.status(of: second).linkCount == 1)
        #expect(try temporary.read("second") == [1, 2])
    }

    @Test func `also in another directory`() throws {
        try directory.makeDirectory(name: second, mode: 0o700)
        let inner = try directory.openDirectory(name: second)
        try directory.makeLink(of: first, named: first, in: inner)
        #expect(try inner.status(of: first).inode == directory.status(of: first).inode)
    }

    @Test func `a symbolic link gets the name, not its target`() throws {
        let link = Array("link".utf8)
        try directory.makeSymlink(name: link, target: first)
        try directory.makeLink(of: link, named: second, in: directory)
        #expect(try directory.status(of: second).kind == .symlink)
        #expect(try directory.status(of: first).linkCount == 1)
    }

    @Test func `a name that is taken stays as it is`() throws {
        try temporary.write("second", [3])
        let error = #expect(throws: SystemCallError.self) {
            try directory.makeLink(of: first, named: second, in: directory)
        }
        #expect(error?.isTaken == true)
        #expect(try temporary.read("second") == [3])
    }

    @Test func `a directory gets no second name, and a file none elsewhere`() throws {
        try directory.makeDirectory(name: second, mode: 0o700)
        let refused = #expect(throws: SystemCallError.self) {
            try directory.makeLink(of: second, named: Array("third".utf8), in: directory)
        }
        #expect(refused?.isNotPermitted == true)
        let elsewhere = try TemporaryDirectory()
        let other = try elsewhere.open()
        guard try other.status().device != directory.status().device else { return }
        let error = #expect(throws: SystemCallError.self) {
            try directory.makeLink(of: first, named: first, in: other)
        }
        #expect(error?.isNoLinkPossible == true)
    }
}

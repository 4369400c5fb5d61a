import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite(.enabled(if: hasUserAttributes, "the temporary folders take no user attributes"))
struct AttributeTests {
    private let temporary: TemporaryDirectory
    private let directory: FileHandle
    private let name = Array("file".utf8)

    init() throws {
        temporary = try TemporaryDirectory(isInMemory: true)
        directory = try temporary.open()
        try temporary.write("file", [1])
    }

    private func open() throws -> FileHandle { try directory.open(name: name, flags: O_RDONLY) }

    private func attribute(_ text: String) -> [UInt8] { Array("user.\(text)".utf8) }

    private func users(_ names: [[UInt8]]) -> Set<[UInt8]> {
        // A system with labels gives each file one.
        Set(names.filter { $0.starts(with: "user.".utf8) })
    }

    @Test func `a file without attributes has no names`() throws {
        #expect(try users(open().attributeNames()).isEmpty)
        #expect(try users(directory.attributeNames(of: name)).isEmpty)
        #expect(try users(directory.attributeNames()).isEmpty)
    }

    @Test(arguments: [0, 1, 1023, 1024, 1025, 4096, 60_000])
    func `a value comes back as it was set, through the file and through its name`(
        length: Int
    ) throws {
        let value = [UInt8](repeating: 0xFE, count: length)
        let file = try open()
        try file.setAttribute(attribute("a"), value)
        #expect(try file.attribute(attribute("a"), limitInBytes: length) == value)
        #expect(try directory.attribute(attribute("a"), of: name, limitInBytes: length) == value)
        try directory.setAttribute(attribute("b"), of: name, value)
        #expect(try file.attribute(attribute("b"), limitInBytes: 100_000) == value)
        #expect(try users(file.attributeNames()) == [attribute("a"), attribute("b")])
        #expect(
            try users(directory.attributeNames(of: name)) == [attribute("a"), attribute("b")])
    }

    @Test func `a value is replaced, and taken away`() throws {
        let file = try open()
        for value in [[1, 2, 3], [], [4]] as [[UInt8]] {
            try file.setAttribute(attribute("a"), value)
            #expect(try file.attribute(attribute("a"), limitInBytes: 10) == value)
        }
        try file.removeAttribute(attribute("a"))
        #expect(try users(file.attributeNames()).isEmpty)
        try file.setAttribute(attribute("b"), [1])
        try directory.removeAttribute(attribute("b"), of: name)
        #expect(try users(file.attributeNames()).isEmpty)
    }

    @Test func `more names than a small list holds come back`() throws {
        let file = try open()
        let names = (0..<100).map { attribute(String(repeating: "n", count: 100) + "\($0)") }
        for name in names { try file.setAttribute(name, [1]) }
        #expect(try users(file.attributeNames()) == Set(names))
        #expect(try users(directory.attributeNames(of: name)) == Set(names))
    }

    @Test func `names are bytes`() throws {
        let file = try open()
        try file.setAttribute(attribute("") + [0xFF, 0x0A], [1])
        #expect(try users(file.attributeNames()) == [attribute("") + [0xFF, 0x0A]])
    }

    @Test func `a value beyond the limit is refused, whatever its size`() throws {
        let file = try open()
        for length in [11, 2000] {
            try file.setAttribute(attribute("a"), [UInt8](repeating: 1, count: length))
            let error = #expect(throws: SystemCallError.self) {
                try file.attribute(attribute("a"), limitInBytes: 10)
            }
            #expect(error?.isTooLarge == true)
        }
    }

    @Test func `an attribute that is not there is told apart from other failures`() throws {
        let calls: [() throws -> Void] = [
            { _ = try open().attribute(attribute("a"), limitInBytes: 10) },
            { _ = try directory.attribute(attribute("a"), of: name, limitInBytes: 10) },
            { try open().removeAttribute(attribute("a")) },
            { try directory.removeAttribute(attribute("a"), of: name) },
        ]
        for call in calls {
            let error = #expect(throws: SystemCallError.self) { try call() }
            #expect(error?.isNoAttribute == true)
        }
        let gone = #expect(throws: SystemCallError.self) {
            try directory.attributeNames(of: Array("gone".utf8))
        }
        #expect(gone?.isNoEntry == true)
        #expect(gone?.isNoAttribute == false)
    }

    @Test func `what has no such attributes says so`() throws {
        let link = Array("link".utf8)
        try directory.makeSymlink(name: link, target: name)
        // Attributes of users are for files and directories only.
        let error = #expect(throws: SystemCallError.self) {
            try directory.setAttribute(attribute("a"), of: link, [1])
        }
        #expect(error?.isNotPermitted == true || error?.isUnsupported == true)
        // A file system without attributes: /proc has none.
        let proc = try FileHandle.openDirectory(path: Array("/proc".utf8))
        #expect(try users(proc.attributeNames()).isEmpty)
        let unsupported = #expect(throws: SystemCallError.self) {
            try proc.setAttribute(attribute("a"), [1])
        }
        #expect(unsupported?.isUnsupported == true || unsupported?.isNotPermitted == true)
    }

    @Test func `a directory has attributes of its own`() throws {
        let inner = Array("inner".utf8)
        try directory.makeDirectory(name: inner, mode: 0o700)
        try directory.openDirectory(name: inner).setAttribute(attribute("a"), [1])
        #expect(try users(directory.attributeNames(of: inner)) == [attribute("a")])
        #expect(try users(directory.attributeNames()).isEmpty)
    }

    @Test(.enabled(if: hasTrustedAttributes, "only root gives links attributes"))
    func `a link is not followed, and pipes are not opened`() throws {
        let trusted = Array("trusted.a".utf8)
        for (number, kind) in ["link", "pipe"].enumerated() {
            let entry = Array(kind.utf8)
            if number == 0 {
                try directory.makeSymlink(name: entry, target: name)
            } else {
                try directory.makeNode(name: entry, mode: S_IFIFO | 0o600)
            }
            try directory.setAttribute(trusted, of: entry, [7])
            #expect(try directory.attributeNames(of: entry).contains(trusted))
            #expect(try directory.attribute(trusted, of: entry, limitInBytes: 10) == [7])
            #expect(try !directory.attributeNames(of: name).contains(trusted))
            try directory.removeAttribute(trusted, of: entry)
            #expect(try !directory.attributeNames(of: entry).contains(trusted))
        }
    }

    @Test func `the directory that is open counts, not what its path means by now`() throws {
        let (old, new) = (DiskPath(temporary.appending("old")), temporary.appending("new"))
        try old.makeDirectory()
        try old.appending("x").write([])
        let handle = try FileHandle.openDirectory(path: old.bytes)
        try old.rename(to: DiskPath(new))
        try old.makeDirectory()
        try old.appending("x").write([])
        try handle.setAttribute(attribute("a"), of: [0x78], [1])
        #expect(try DiskPath(new).appending("x").attributes()["user.a"] == [1])
        #expect(try old.appending("x").attributes()["user.a"] == nil)
    }
}

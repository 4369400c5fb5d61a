import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct LinksAndNodesTests {
    private let temporary: TemporaryDirectory
    private let directory: FileHandle

    init() throws {
        temporary = try TemporaryDirectory()
        directory = try temporary.open()
    }

    /// Whether this process may make device files: root of a container may not.
    static let canMakeDevices: Bool = {
        guard let temporary = try? TemporaryDirectory(), let directory = try? temporary.open()
        else { return false }
        return
            (try? directory.makeNode(
                name: [UInt8(ascii: "d")], mode: S_IFCHR | 0o600, major: 1, minor: 3)) != nil
    }()

    @Test(arguments: [1, 255, 256, 257, 1023, 1024, 4095])
    func aLinkKeepsTheBytesOfItsTarget(length: Int) throws {
        let name = Array("link".utf8)
        var target = [UInt8](repeating: 0xFF, count: length)
        target[length / 2] = UInt8(ascii: "/")
        try directory.makeSymlink(name: name, target: target)
        #expect(try directory.linkTarget(of: name) == target)
        #expect(try directory.status(of: name).kind == .symlink)
        #expect(try directory.status(of: name).sizeInBytes == UInt64(length))
    }

    @Test func whatIsNoLinkHasNoTarget() throws {
        try temporary.write("file", [])
        let error = #expect(throws: SystemCallError.self) {
            try directory.linkTarget(of: Array("file".utf8))
        }
        #expect(error?.number == EINVAL)
    }

    @Test func nothingBelowADirectoryIsOpenedThroughALink() throws {
        let (file, link) = (Array("file".utf8), Array("link".utf8))
        try directory.makeDirectory(name: Array("real".utf8), mode: 0o700)
        try temporary.write("real/file", [1])
        try directory.makeSymlink(name: link, target: Array("real".utf8))
        let real = try directory.openDirectory(name: Array("real".utf8))
        _ = try real.open(name: file, flags: O_RDONLY)
        #expect(throws: SystemCallError.self) { try directory.openDirectory(name: link) }
        #expect(throws: SystemCallError.self) {
            try FileHandle.openDirectory(path: temporary.appending("link"), followsLinks: false)
        }
        // The roots that users name may be links.
        let followed = try FileHandle.openDirectory(path: temporary.appending("link"))
        #expect(try followed.status().inode == real.status().inode)
        // A file that was swapped for a link between looking and opening is not followed either.
        try real.rename(file, to: Array("moved".utf8))
        try real.makeSymlink(name: file, target: Array("moved".utf8))
        let error = #expect(throws: SystemCallError.self) {
            try real.open(name: file, flags: O_RDONLY)
        }
        #expect(error?.number == ELOOP)
        #expect(throws: SystemCallError.self) {
            try real.open(name: file, flags: O_WRONLY | O_CREAT | O_TRUNC)
        }
        #expect(try temporary.read("real/moved") == [1])
    }

    @Test func aDirectoryThatWasSwappedForALinkStaysTheOneThatWasOpened() throws {
        let name = Array("inner".utf8)
        try directory.makeDirectory(name: name, mode: 0o700)
        let inner = try directory.openDirectory(name: name)
        try directory.rename(name, to: Array("moved".utf8))
        try directory.makeDirectory(name: Array("outside".utf8), mode: 0o700)
        try directory.makeSymlink(name: name, target: Array("outside".utf8))
        _ = try inner.open(name: Array("file".utf8), flags: O_WRONLY | O_CREAT)
        #expect(try temporary.names(in: "moved") == ["file"])
        #expect(try temporary.names(in: "outside").isEmpty)
    }

    @Test func statusTellsLinksFromTheirTargets() throws {
        try temporary.write("file", [1, 2])
        try directory.makeSymlink(name: Array("link".utf8), target: Array("file".utf8))
        let path = temporary.appending("link")
        #expect(try FileStatus.of(path: path, followsLinks: true).kind == .file)
        #expect(try FileStatus.of(path: path, followsLinks: true).sizeInBytes == 2)
        #expect(try FileStatus.of(path: path, followsLinks: false).kind == .symlink)
        #expect(throws: SystemCallError.self) {
            try FileStatus.of(path: temporary.appending("missing"), followsLinks: true)
        }
    }

    @Test func aPathIsResolvedThroughAllLinks() throws {
        let top = try FileHandle.resolve(path: temporary.path)
        try directory.makeDirectory(name: Array("real".utf8), mode: 0o700)
        try directory.makeSymlink(name: Array("link".utf8), target: Array("real".utf8))
        try directory.makeSymlink(name: Array("second".utf8), target: Array("./link/../link".utf8))
        let real = top.appending(component: Array("real".utf8))
        for name in ["real", "link", "second", "second/", "./real/../link/."] {
            #expect(try FileHandle.resolve(path: temporary.appending(name)) == real)
        }
        try directory.makeSymlink(name: Array("loop".utf8), target: Array("loop".utf8))
        for (name, number) in [("missing", ENOENT), ("loop", ELOOP), ("real/x/y", ENOENT)] {
            let error = #expect(throws: SystemCallError.self) {
                try FileHandle.resolve(path: temporary.appending(name))
            }
            #expect(error?.number == number)
            #expect(error?.isNoEntry == (number == ENOENT))
        }
    }

    @Test func aPipeIsMade() throws {
        let name = Array("pipe".utf8)
        try directory.makeNode(name: name, mode: S_IFIFO | 0o640)
        let status = try directory.status(of: name)
        #expect(status.kind == .fifo)
        #expect(status.permissions & ~0o022 == 0o640)
        #expect(throws: SystemCallError.self) {
            try directory.makeNode(name: name, mode: S_IFIFO | 0o600)
        }
    }

    @Test(
        .enabled(if: canMakeDevices, "making device files needs root"),
        arguments: [(1, 3), (0xFFF, 0xFFFFF), (8, 256), (259, 0x12345)] as [(UInt32, UInt32)])
    func aDeviceKeepsItsNumbers(major: UInt32, minor: UInt32) throws {
        for (name, type, kind) in [
            ("character", S_IFCHR, FileStatus.Kind.characterDevice),
            ("block", S_IFBLK, .blockDevice),
        ] {
            let name = Array(name.utf8)
            try directory.makeNode(name: name, mode: type | 0o600, major: major, minor: minor)
            let status = try directory.status(of: name)
            #expect(status.kind == kind)
            #expect(status.deviceMajor == major)
            #expect(status.deviceMinor == minor)
        }
    }
}

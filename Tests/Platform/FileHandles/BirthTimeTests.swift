import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The call that tells birth times tells everything else as the usual one does.
struct BirthTimeTests {
    private let temporary: TemporaryDirectory
    private let folder: DiskPath
    private let directory: FileHandle

    init() throws {
        temporary = try TemporaryDirectory()
        folder = DiskPath(temporary.path)
        directory = try temporary.open()
        try folder.appending("file").write([1, 2, 3])
        try folder.appending("sparse").truncate(to: 5_000_000)
        try folder.appending("other name").makeHardLink(to: folder.appending("file"))
        try folder.appending("folder").makeDirectory()
        try folder.appending("link").makeLink(to: Array("nowhere".utf8))
        try folder.appending("pipe").makePipe()
        try folder.appending("socket").makeSocket()
        try folder.appending("file").setPermissions(0o4751)
        if geteuid() == 0 {
            try directory.makeNode(
                name: Array("device".utf8), mode: S_IFBLK | 0o640, major: 259, minor: 70_000)
            try folder.appending("link").setOwner(70_000, 80_000)
        }
        try folder.appending("pipe").setModified(.init(seconds: -2, nanoseconds: 5))
    }

    private func expectSame(
        _ usual: FileStatus, _ full: FileStatus, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(usual.created == nil, sourceLocation: sourceLocation)
        #expect(differences(usual, full) == [], sourceLocation: sourceLocation)
        #expect(usual.changed == full.changed, sourceLocation: sourceLocation)
        #expect(usual.inode == full.inode, sourceLocation: sourceLocation)
        #expect(usual.device == full.device, sourceLocation: sourceLocation)
        #expect(usual.linkCount == full.linkCount, sourceLocation: sourceLocation)
        #expect(usual.sizeInBytes == full.sizeInBytes, sourceLocation: sourceLocation)
        #expect(usual.allocatedInBytes == full.allocatedInBytes, sourceLocation: sourceLocation)
    }

    @Test func `all else is the same, whatever it is`() throws {
        for name in try folder.names() {
            let usual = try directory.status(of: name)
            expectSame(usual, try directory.status(of: name, .withBirthTime))
            let terminated = try (name + [0]).withUnsafeBytes {
                try directory.status(ofTerminated: $0, .withBirthTime)
            }
            expectSame(usual, terminated)
            let path = folder.appending(name).bytes
            expectSame(
                usual, try FileStatus.of(path: path, followsLinks: false, .withBirthTime))
        }
        expectSame(try directory.status(), try directory.status(.withBirthTime))
        let file = try directory.open(name: Array("file".utf8), flags: O_RDONLY)
        expectSame(try file.status(), try file.status(.withBirthTime))
        for path in ["/dev/null", "/proc/version", "/"] where DiskPath(path).exists {
            let bytes = Array(path.utf8)
            expectSame(
                try FileStatus.of(path: bytes, followsLinks: false),
                try FileStatus.of(path: bytes, followsLinks: false, .withBirthTime))
        }
    }

    @Test func `links are followed only where that is asked for`() throws {
        let link = folder.appending("to file")
        try link.makeLink(to: Array("file".utf8))
        let file = try folder.appending("file").status()
        let followed = try FileStatus.of(path: link.bytes, followsLinks: true, .withBirthTime)
        #expect(followed.inode == file.inode)
        let itself = try FileStatus.of(path: link.bytes, followsLinks: false, .withBirthTime)
        #expect(itself.kind == .symlink)
    }

    @Test func `what is not there is an error, as it is for the usual call`() {
        let name = Array("missing".utf8)
        for detail in [FileStatus.Detail.usual, .withBirthTime] {
            let error = #expect(throws: SystemCallError.self) {
                try directory.status(of: name, detail)
            }
            #expect(error?.isNoEntry == true)
            #expect(error?.path == folder.appending(name).bytes)
            #expect(throws: SystemCallError.self) {
                try FileStatus.of(path: folder.appending(name).bytes, followsLinks: false, detail)
            }
        }
    }

    @Test(.enabled(if: hasBirthTimes, "the temporary folders tell no birth times"))
    func `a file keeps its birth time whatever is done to it, and a new one has another`() throws {
        let file = folder.appending("file")
        let born = try #require(try file.birthTime())
        try waitForTick(in: temporary.path)
        try file.write([4])
        try file.setModified(.init(seconds: 1, nanoseconds: 2))
        try file.rename(to: folder.appending("renamed"))
        #expect(try folder.appending("renamed").birthTime() == born)
        #expect(try folder.appending("other name").birthTime() == born)
        try file.write([4])
        #expect(try file.birthTime() != born)
        for name in try folder.names() { #expect(try folder.appending(name).birthTime() != nil) }
    }

    @Test func `a file of the kernel has none`() throws {
        guard DiskPath("/proc/version").exists else { return }
        #expect(try DiskPath("/proc/version").birthTime() == nil)
    }
}

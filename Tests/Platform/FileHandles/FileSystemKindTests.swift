import TestSupport
import Testing

@testable import FileHandles

struct FileSystemKindTests {
    private func kind(_ path: String) throws -> FileSystemKind {
        try FileHandle.openDirectory(path: Array(path.utf8)).fileSystemKind
    }

    #if os(Linux)
    @Test(arguments: ["/proc", "/proc/self", "/sys"])
    func `what the kernel makes up is known`(path: String) throws {
        #expect(try kind(path) == .generated)
    }

    @Test func `where tests work is a file system with a clock of our own`() throws {
        let directory = try TemporaryDirectory()
        #expect([.local, .layered].contains(try kind(directory.text)))
    }

    @Test(.enabled(if: MountedFolder.isAvailable, "mounting needs root on Linux"))
    func `what is mounted counts, not what lies below it`() throws {
        let directory = try TemporaryDirectory()
        let place = DiskPath(directory.appending("place"))
        try place.makeDirectory()
        let mounted = try MountedFolder(DiskPath("/proc"), at: place)
        #expect(try kind(place.text) == .generated)
        withExtendedLifetime(mounted) {}
    }

    @Test(.enabled(if: MountedFolder.canFold, Comment(rawValue: MountedFolder.foldingReason)))
    func `what a program makes is known`() throws {
        let directory = try TemporaryDirectory()
        let place = DiskPath(directory.appending("place"))
        try place.makeDirectory()
        let image = DiskPath(directory.appending("image"))
        let disk = try MountedFolder(newFoldingDisk: image, at: place)
        #expect(try kind(place.text) == .userSpace)
        withExtendedLifetime(disk) {}
    }
    #endif

    @Test func `numbers that nobody knows are told apart from all others`() {
        #expect(FileSystemKind(magic: 0) == .unknown)
        #expect(FileSystemKind(magic: 0xEF53) == .local)
        #expect(FileSystemKind(magic: 0x794C_7630) == .layered)
        #expect(FileSystemKind(magic: 0x6969) == .network)
        #expect(FileSystemKind(magic: 0x6573_5546) == .userSpace)
    }

    @Test func `only kinds that keep sizes tell them`() {
        let kinds: [FileSystemKind] = [
            .local, .layered, .network, .userSpace, .generated, .unknown,
        ]
        #expect(kinds.filter(\.tellsSizes) == [.local, .layered, .network])
    }

    @Test
    func `a file that is mounted by itself is of an unknown kind, but where files are laid over`()
        throws
    {
        func status(_ device: UInt64) throws -> FileStatus {
            FileStatus(standInFor: .file, sizeInBytes: 0, inode: 1, device: device)
        }
        #expect(FileSystemKind.local.ofFile(try status(1), in: try status(1)) == .local)
        #expect(FileSystemKind.local.ofFile(try status(2), in: try status(1)) == .unknown)
        #expect(FileSystemKind.layered.ofFile(try status(2), in: try status(1)) == .layered)
    }
}

import FileHandles
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct MetadataTests {
    private let temporary: TemporaryDirectory
    private let directory: FileHandle
    private let name = Array("file".utf8)

    init() throws {
        temporary = try TemporaryDirectory()
        directory = try temporary.open()
        try temporary.write("file", [1])
    }

    @Test(arguments: [0, 0o644, 0o755, 0o4755, 0o2711, 0o1777, 0o7777] as [UInt16])
    func permissionsAreSetToTheLastBit(mode: UInt16) throws {
        try directory.setPermissions(of: name, mode)
        #expect(try directory.status(of: name).permissions == mode)
        try directory.setPermissions(of: name, 0o600)
        let file = try directory.open(name: name, flags: O_RDONLY)
        try file.setPermissions(mode)
        #expect(try file.status().permissions == mode)
    }

    @Test(
        arguments: [
            (0, 0), (0, 1), (1_700_000_000, 999_999_999), (-1, 999_999_999), (-2, 500_000_000),
            (-86_400, 0), (4_000_000_000, 123_456_789),
        ] as [(Int64, UInt32)])
    func timesAreSetToTheNanosecond(seconds: Int64, nanoseconds: UInt32) throws {
        let time = FileStatus.Time(seconds: seconds, nanoseconds: nanoseconds)
        try directory.setModified(of: name, time)
        #expect(try directory.status(of: name).modified == time)
        let other = FileStatus.Time(seconds: 5, nanoseconds: 5)
        let file = try directory.open(name: name, flags: O_RDONLY)
        try file.setModified(other)
        #expect(try file.status().modified == other)
        try file.setModified(time)
        #expect(try file.status().modified == time)
        #expect(try file.status().changed != time)
    }

    @Test func touchingSetsTheTimeOfUse() throws {
        try directory.setModified(of: name, FileStatus.Time(seconds: 5, nanoseconds: 5))
        try directory.open(name: name, flags: O_RDONLY).touch()
        let status = try directory.status(of: name)
        #expect(status.modified.seconds > 5)
        #expect(status.modified == status.changed)
    }

    @Test func settingTheModificationTimeKeepsTheAccessTime() throws {
        let before = try accessTime()
        try directory.setModified(of: name, FileStatus.Time(seconds: 5, nanoseconds: 5))
        let after = try accessTime()
        #expect(before.tv_sec == after.tv_sec)
        #expect(before.tv_nsec == after.tv_nsec)
    }

    private func accessTime() throws -> timespec {
        var raw = stat()
        let result = temporary.appending("file").withCString { stat($0, &raw) }
        try #require(result == 0)
        #if canImport(Glibc)
        return raw.st_atim
        #else
        return raw.st_atimespec
        #endif
    }

    @Test func metadataOfALinkIsItsOwn() throws {
        let link = Array("link".utf8)
        try directory.makeSymlink(name: link, target: name)
        let before = try directory.status(of: name)
        let time = FileStatus.Time(seconds: 77, nanoseconds: 7)
        try directory.setModified(of: link, time)
        try directory.setOwner(of: link, userID: geteuid(), groupID: getegid())
        #expect(try directory.status(of: link).modified == time)
        #expect(try directory.status(of: name) == before)
    }

    @Test(.enabled(if: geteuid() == 0, "giving files away needs root"))
    func ownersAreSet() throws {
        let link = Array("link".utf8)
        try directory.makeSymlink(name: link, target: name)
        try directory.setOwner(of: link, userID: 12, groupID: 34)
        try directory.setOwner(of: name, userID: 65_534, groupID: 1_000_000)
        #expect(try directory.status(of: link).userID == 12)
        #expect(try directory.status(of: link).groupID == 34)
        let file = try directory.open(name: name, flags: O_RDONLY)
        #expect(try file.status().userID == 65_534)
        #expect(try file.status().groupID == 1_000_000)
        try file.setOwner(userID: 0, groupID: 0)
        #expect(try file.status().userID == 0)
        #expect(try file.status().groupID == 0)
    }

    @Test func metadataOfWhatIsMissingCannotBeSet() throws {
        let missing = Array("missing".utf8)
        let time = FileStatus.Time(seconds: 0, nanoseconds: 0)
        for attempt: () throws -> Void in [
            { try directory.setPermissions(of: missing, 0) },
            { try directory.setModified(of: missing, time) },
            { try directory.setOwner(of: missing, userID: 0, groupID: 0) },
            { _ = try directory.status(of: missing) },
        ] {
            let error = #expect(throws: SystemCallError.self) { try attempt() }
            #expect(error?.number == ENOENT)
            #expect(error?.path == temporary.appending("missing"))
        }
    }

    @Test func kindsAndNumbersTellFilesApart() throws {
        let file = try directory.status(of: name)
        let folder = try directory.status()
        #expect(file.kind == .file)
        #expect(folder.kind == .directory)
        #expect(file.inode != folder.inode)
        #expect(file.device == folder.device)
        #expect(file.userID == geteuid())
        #expect(file.sizeInBytes == 1)
    }
}

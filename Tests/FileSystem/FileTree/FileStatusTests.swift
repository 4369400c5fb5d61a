import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

struct FileStatusTests {
    private let directory: TemporaryDirectory
    private let path: [UInt8]

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.appending("file")
        try directory.write("file", Array("content".utf8))
    }

    private func status() throws -> FileStatus {
        try FileStatus.of(path: path, followsLinks: false)
    }

    @Test func `metadata is what was set`() throws {
        let file = try directory.open().open(name: Array("file".utf8), flags: 0)
        try file.setPermissions(0o1751)
        try file.setModified(FileStatus.Time(seconds: -5, nanoseconds: 999_999_999))
        let metadata = try status().metadata
        #expect(metadata.mode == 0o1751)
        #expect(metadata.modified == Timestamp(seconds: -5, nanoseconds: 999_999_999))
        #expect(metadata.userID == Machine.userID)
    }

    @Test func `two looks at a file that nobody has touched have the same stamps`() throws {
        #expect(try status().hasSameContentStamps(as: status()))
    }

    @Test(arguments: FileChange.allCases)
    func `a change shows in the stamps`(change: FileChange) throws {
        let before = try status()
        try waitForTick(in: directory.path)
        try change.apply(to: path)
        #expect(try !status().hasSameContentStamps(as: before))
    }
}

/// What can happen to a file.
enum FileChange: CaseIterable {
    case append, sameSize, sameSizeAndTime, chmod, replacement, directory

    func apply(to path: [UInt8]) throws {
        let file = DiskPath(path)
        let time = try file.status().modified
        switch self {
        case .append: try file.write(Array("content and more".utf8))
        case .sameSize: try file.write(Array("CONTENT".utf8))
        case .sameSizeAndTime:
            try file.write(Array("CONTENT".utf8))
            try file.setModified(time)
        case .chmod: try file.setPermissions(0o600 ^ 0o111)
        case .replacement:
            let other = DiskPath(path + Array(".new".utf8))
            try other.write(Array("CONTENT".utf8))
            try other.setModified(time)
            try other.rename(to: file)
        case .directory:
            try file.remove()
            try file.makeDirectory()
        }
    }
}

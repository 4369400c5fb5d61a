import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Flags of the system, and those of entries.
struct FileFlagsTests {
    @Test func `bits come back, and those of the disk are dropped`() {
        var all: UInt32 = 0
        for position in FileFlags.words.indices {
            let flag = FileFlags(rawValue: 1 << position)
            #expect(flag.systemBits.nonzeroBitCount == 1 && all & flag.systemBits == 0)
            #expect(FileFlags(systemBits: flag.systemBits) == flag)
            all |= flag.systemBits
        }
        #expect(all == FileFlags.allSystemBits)
        #expect(FileFlags(systemBits: ~FileFlags.allSystemBits).isEmpty)
        #expect(FileFlags(systemBits: .max).systemBits == all)
        // Those that lsattr shows of a usual file of ext4: extents.
        #expect(FileFlags(systemBits: 0x8_0000).isEmpty)
        #expect(FileFlags([.immutable, .appendOnly]).systemBits == 0x30)
    }

    @Test(.enabled(if: hasFlags, "the temporary folders take no flags"))
    func `a file and a folder say what they were told`() throws {
        let directory = try TemporaryDirectory()
        let file = DiskPath(directory.appending("file"))
        let folder = DiskPath(directory.appending("folder"))
        try file.write([1])
        try folder.makeDirectory()
        for path in [file, folder] {
            #expect(try path.flags() == [])
            try path.setFlags([.noDump, .noAccessTime])
            #expect(try path.flags() == [.noDump, .noAccessTime])
            let reading = AttributeReading(
                of: path.name, try path.status().kind, in: try directory.open(), .format)
            #expect(reading.flags == [.noDump, .noAccessTime])
        }
    }

    @Test func `what has no flags has none, and cannot be given any`() throws {
        let null = try FileHandle.open(path: Array("/dev/null".utf8), flags: O_RDONLY)
        #expect(null.flags() == [])
        #expect {
            try null.setInodeFlags(0x40)
        } throws: { error in
            (error as? SystemCallError)?.hasNoFlags == true
        }
        let directory = try TemporaryDirectory()
        let pipe = DiskPath(directory.appending("pipe"))
        try pipe.makePipe()
        // It is not opened: that would wait, or wake somebody up.
        let reading = AttributeReading(of: pipe.name, .fifo, in: try directory.open(), .format)
        #expect(reading.flags == [] && reading.problem == nil)
    }

    @Test func `what may not be read has its attributes, and no flags`() throws {
        let directory = try TemporaryDirectory.shared()
        let file = DiskPath(directory.appending("file"))
        try file.write([])
        if hasFlags { try file.setFlags(.noDump) }
        try file.setPermissions(0)
        let handle = try directory.open()
        try withoutPrivileges {
            let reading = AttributeReading(of: file.name, .file, in: handle, .format)
            #expect(reading.flags == [] && reading.problem == nil)
        }
    }
}

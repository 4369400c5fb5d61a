import FileHandles
import Foundation
import SnapshotModel
import TestSupport
import Testing

/// Whatever a disk of the system keeps of files comes back: rsync finds no difference, and the
/// snapshot of what was restored has the same root.
@Suite(.enabled(if: geteuid() == 0 && !MountedDisk.available.isEmpty, "\(MountedDisk.reason)"))
struct RealDiskTests {
    private static let firstNames: [[UInt8]] = [
        [UInt8](repeating: 0x6E, count: 255), Array("new\nline".utf8), Array("tab\there".utf8),
        Array("\u{1B}[31mred".utf8), [0x62, 0xFF, 0xFE, 0x80], Array("Case".utf8),
        Array("case".utf8), Array("e\u{301}".utf8), Array("\u{E9}".utf8), Array("-rf *".utf8),
        Array("back\\slash".utf8), Array(" ".utf8), Array("...".utf8), Array("\u{202E}gnp".utf8),
    ]

    private let tool: Tool

    init() throws { tool = try Tool() }

    @Test(arguments: MountedDisk.available)
    func `everything comes back`(kind: MountedDisk.Kind) throws {
        let disk = try MountedDisk(kind)
        let source = disk.place.appending("source")
        let target = disk.place.appending("target")
        try source.makeDirectory()
        try fill(source)
        try addFlags(source, kind)
        defer { for path in [source, target] where path.exists { try? path.remove() } }
        try expectDone(tool("snapshot", source.text))
        let first = try rootID()
        try expectDone(tool("restore", "latest", "--to", target.text))
        #expect(try compareTrees(source, target) == [])
        #expect(try rsync(source, target) == "")
        try expectDone(tool("snapshot", target.text))
        #expect(try rootID() == first)
        // Nor does anything change when it is done again.
        try expectDone(tool("restore", "latest~1", "--to", target.text))
        #expect(try rsync(source, target) == "")
    }

    private func expectDone(
        _ run: ToolRun, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(run.exitCode == 0, "\(run.error)", sourceLocation: sourceLocation)
    }

    private func rootID() throws -> String {
        let manifest = try JSONSerialization.jsonObject(
            with: Data(tool("show", "latest").output))
        return try #require((manifest as? [String: Any])?["rootID"] as? String)
    }

    /// What rsync would have to change to make the second tree equal to the first.
    private func rsync(_ source: DiskPath, _ target: DiskPath) throws -> String {
        let options = ["-aHAXSn", "--numeric-ids", "--checksum", "--delete", "--itemize-changes"]
        let run = try Command(["rsync"] + options + [source.text + "/", target.text + "/"])
        // Without rsync the other comparison has to do.
        if run.exitCode == 127 { return "" }
        #expect(run.exitCode == 0, "\(run.error)")
        return run.text
    }

    private func fill(_ root: DiskPath) throws {
        var generator = SeededGenerator(seed: 91)
        let names = root.appending("names")
        try names.makeDirectory()
        for (number, name) in Self.firstNames.enumerated() {
            let path = names.appending(name)
            switch number % 4 {
            case 0: try path.makeLink(to: name)
            case 1: try path.makeDirectory()
            default: try path.write(generator.bytes(number * 1000))
            }
        }
        try addNodes(root)
        try addRights(root)
        try addAttributes(root, &generator)
        try addLinks(root)
        let sparse = root.appending("sparse")
        try sparse.truncate(to: 10_000_000)
        try sparse.overwrite(generator.bytes(5000), at: 4_000_000)
        try setTimes(root)
    }

    private func addNodes(_ root: DiskPath) throws {
        let handle = try FileHandles.FileHandle.openDirectory(path: root.bytes)
        let node = Array("null".utf8)
        try handle.makeNode(name: node, mode: S_IFCHR | 0o666, major: 1, minor: 3)
        try handle.makeNode(name: Array("loop".utf8), mode: S_IFBLK | 0o660, major: 7, minor: 300)
        try handle.makeNode(name: Array("pipe".utf8), mode: S_IFIFO | 0o640)
        for name in ["null", "pipe"] { try root.appending(name).setOwner(1234, 4321) }
    }

    private func addRights(_ root: DiskPath) throws {
        for (number, mode) in [UInt16(0o4755), 0o2755, 0o6711, 0o000, 0o444].enumerated() {
            let file = root.appending("mode \(number)")
            try file.write([UInt8(number)])
            try file.setOwner(UInt32(1000 + number), UInt32(2000 + number))
            try file.setPermissions(mode)
        }
        for (number, mode) in [UInt16(0o1777), 0o2775, 0o500, 0o000].enumerated() {
            let folder = root.appending("folder \(number)")
            try folder.makeDirectory()
            try folder.appending("inner").write([])
            try folder.setOwner(UInt32(3000 + number), UInt32(4000 + number))
            try folder.setPermissions(mode)
        }
    }

    /// An access control list that gives user 7 the right to read.
    private static let accessList: [UInt8] = [
        2, 0, 0, 0, 1, 0, 6, 0, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 4, 0, 7, 0, 0, 0, 4, 0, 4, 0, 0xFF,
        0xFF, 0xFF, 0xFF, 0x10, 0, 4, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 0, 0, 0xFF, 0xFF, 0xFF,
        0xFF,
    ]
    /// VFS_CAP_REVISION_2 with CAP_NET_BIND_SERVICE, effective (linux/capability.h).
    private static let capability: [UInt8] =
        [1, 0, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 14)

    private func addAttributes(
        _ root: DiskPath, _ generator: inout SeededGenerator
    ) throws {
        let file = root.appending("attributes")
        let folder = root.appending("attributes of a folder")
        try file.write(generator.bytes(100))
        try folder.makeDirectory()
        for path in [file, folder] {
            try path.setAttribute("user.empty", [])
            try path.setAttribute("user.text", Array("text".utf8))
            try path.setAttribute("trusted.bytes", generator.bytes(300))
            try path.setAttribute("system.posix_acl_access", Self.accessList)
        }
        try folder.setAttribute("system.posix_acl_default", Self.accessList)
        try file.setAttribute("security.capability", Self.capability)
        let link = root.appending("link with attributes")
        try link.makeLink(to: Array("nowhere".utf8))
        try link.setAttribute("trusted.link", [1, 2, 3])
        // As many bytes as Linux takes, or as this file system does.
        let large = root.appending("large attribute")
        try large.write([1])
        for size in [65_536, 16_000, 3000] {
            if (try? large.setAttribute("user.large", generator.bytes(size))) != nil { break }
        }
    }

    private func addLinks(_ root: DiskPath) throws {
        let folder = root.appending("links")
        try folder.makeDirectory()
        let file = root.appending("zz last")
        try file.write(Array("one of three".utf8))
        try folder.appending("first").makeHardLink(to: file)
        try root.appending("names").appending("second").makeHardLink(to: file)
        let link = root.appending("link")
        try link.makeLink(to: Array("../outside/\u{1B}".utf8))
        try link.setOwner(77, 78)
        try folder.appending("same link").makeHardLink(to: link)
        try folder.appending("same pipe").makeHardLink(to: root.appending("pipe"))
    }

    /// Times before 1970, to the nanosecond, and far ahead; folders last.
    private func setTimes(_ root: DiskPath) throws {
        let seconds: [Int64] = [-1, 0, 1_000_000_007, 2_000_000_011]
        for (number, name) in ["link", "pipe", "sparse", "folder 0"].enumerated() {
            try root.appending(name).setModified(
                FileStatus.Time(seconds: seconds[number], nanoseconds: 123_456_789))
        }
        try root.setModified(FileStatus.Time(seconds: 1_500_000_000, nanoseconds: 1))
    }

    private func addFlags(_ root: DiskPath, _ kind: MountedDisk.Kind) throws {
        let locked = root.appending("locked")
        try locked.makeDirectory()
        try locked.appending("immutable").write([1, 2, 3])
        try locked.appending("append").write([4])
        try locked.appending("empty").write([])
        try locked.appending("immutable too").makeHardLink(to: locked.appending("immutable"))
        if kind == .btrfs {
            try locked.appending("in place").write([])
            try locked.appending("in place").setFlags(.noCopyOnWrite)
            try locked.appending("in place").overwrite([5, 6], at: 0)
        }
        try locked.appending("immutable").setFlags([.immutable, .noDump])
        try locked.appending("append").setFlags(.appendOnly)
        try locked.appending("empty").setFlags(.noAccessTime)
        try locked.setFlags(.immutable)
    }
}

import FileHandles
import Foundation
import TestSupport
import Testing

/// File systems that lie over others, and those that a program keeps: whatever they make of stamps
/// and numbers, a file that has changed is read, and the tree comes back.
@Suite(.enabled(if: !MountedLayer.available.isEmpty, "\(MountedLayer.reason)"))
struct LayeredDiskTests {
    private let tool: Tool

    init() throws { tool = try Tool() }

    /// What every one of them can show.
    private static func fill(_ folder: DiskPath) throws {
        var generator = SeededGenerator(seed: 92)
        let source = folder.appending("source")
        try source.makeDirectory()
        try source.appending("folder").makeDirectory()
        for (name, size) in [("small", 10), ("empty", 0), ("folder/large", 300_000)] {
            try source.appending(name).write(generator.bytes(size))
        }
        for name in ["new\nline", "e\u{301}", "\u{E9}", "Case", "case"] {
            try source.appending(name).write(Array(name.utf8))
        }
        try source.appending([UInt8](repeating: 0x6E, count: 255)).write([1])
        try source.appending([0x62, 0xFF]).write([2])
        try source.appending("link").makeLink(to: Array("small".utf8))
        try source.appending("small").setOwner(1234, 4321)
        try source.appending("small").setPermissions(0o640)
        try source.appending("small").setModified(.init(seconds: 1_600_000_000, nanoseconds: 0))
    }

    private func summary(_ arguments: String...) throws -> (root: String, readFiles: Int) {
        let run = try tool.start(["snapshot"] + arguments + ["--json"]).wait()
        #expect(run.exitCode == 0, "\(run.error)\(run.text)")
        let last = try run.objects().last
        let readFiles = try #require(last?["readFiles"] as? Int)
        let shown = try tool("show", "latest").output
        let manifest = try JSONSerialization.jsonObject(with: Data(shown)) as? [String: Any]
        return (try #require(manifest?["rootID"] as? String), readFiles)
    }

    @Test(arguments: MountedLayer.available)
    func `a tree comes back from it, and onto what keeps everything`(kind: MountedLayer.Kind) throws
    {
        let layer = try MountedLayer(kind, fill: Self.fill)
        let source = layer.place.appending("source")
        try waitForTick(in: layer.place.bytes)
        let first = try summary(source.text)
        let second = try summary(source.text)
        #expect(first.root == second.root)
        // Behind FUSE stamps of the last hour prove nothing.
        #expect(kind != .overlay || second.readFiles == 0)
        let local = tool.home.appending("back")
        let run = try tool("restore", "latest", "--to", local.text)
        #expect(run.exitCode == 0, "\(run.error)")
        #expect(try compareTrees(source, local) == [])
        // Programs behind FUSE take less than they say.
        guard kind == .overlay else { return withExtendedLifetime(layer) {} }
        let target = layer.place.appending("target")
        for number in 0...1 {
            let run = try tool("restore", "latest", "--to", target.text)
            #expect(run.exitCode == 0, "\(number): \(run.error)")
        }
        #expect(try compareTrees(source, target) == [])
        withExtendedLifetime(layer) {}
    }

    @Test(.enabled(if: MountedLayer.available.contains(.overlay), "needs overlay in the kernel"))
    func `a file that is copied up is read again, and no change of it is missed`() throws {
        let layer = try MountedLayer(.overlay, fill: Self.fill)
        let source = layer.place.appending("source")
        let file = source.appending("folder/large")
        try waitForTick(in: layer.place.bytes)
        let first = try summary(source.text)
        // To open it for writing copies it up, and changes nothing that anybody wrote.
        _ = try FileHandles.FileHandle.open(path: file.bytes, flags: O_WRONLY)
        let copied = try summary(source.text)
        #expect(copied.root == first.root)
        #expect(copied.readFiles <= 1)
        let modified = try file.status().modified
        try file.overwrite([0x5A, 0x5A], at: 1000)
        try file.setModified(modified)
        let changed = try summary(source.text, "--ignore-inode")
        #expect(changed.readFiles == 1)
        #expect(changed.root != first.root)
        #expect(try tool("cat", "latest:folder/large").output == file.read())
        withExtendedLifetime(layer) {}
    }

    @Test(
        .enabled(
            if: MountedLayer.available.contains(.overlay) && hasBirthTimes,
            "needs overlay in the kernel, and birth times"))
    func `a file that is copied up is born anew`() throws {
        let layer = try MountedLayer(.overlay, fill: Self.fill)
        let file = layer.place.appending("source/small")
        let before = try #require(try file.birthTime())
        let status = try file.status()
        try waitForTick(in: layer.place.bytes)
        try file.setPermissions(0o600)
        #expect(try file.birthTime() != before)
        // Its number stays: the layer remembers where the copy comes from.
        #expect(try file.status().inode == status.inode)
        withExtendedLifetime(layer) {}
    }

    @Test(
        .enabled(
            if: MountedLayer.available.contains(.directBindfs)
                && DiskPath("/proc/sys/kernel/keys").exists, "needs bindfs"))
    func `a file of no bytes that a program has some for is taken with them`() throws {
        let folder = DiskPath("/proc/sys/kernel/keys")
        let layer = try MountedLayer(.directBindfs, showing: folder)
        let names = try layer.place.names()
        for name in names { #expect(try layer.place.appending(name).status().sizeInBytes == 0) }
        // Whether another one reads them again depends on when the kernel made their stamps up.
        #expect(try summary(layer.place.text).readFiles == names.count)
        #expect(try summary(layer.place.text, "--rescan").readFiles == names.count)
        let local = tool.home.appending("back")
        #expect(try tool("restore", "latest", "--to", local.text).exitCode == 0)
        for name in names {
            let expected = try FileHandles.FileHandle.contents(
                path: folder.appending(name).bytes, limitInBytes: 4096)
            #expect(try local.appending(name).read() == expected)
        }
        withExtendedLifetime(layer) {}
    }
}

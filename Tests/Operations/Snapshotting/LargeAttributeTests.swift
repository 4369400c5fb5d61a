import FileHandles
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// Values that do not stand in their entries. The tree lies in memory: ext4 takes small ones only.
@Suite(.enabled(if: hasLargeAttributes, "no temporary folder takes large attributes"))
struct LargeAttributeTests {
    private let sandbox: Sandbox
    private let tree: TemporaryDirectory
    private var root: DiskPath { DiskPath(tree.path) }

    init() throws {
        sandbox = try Sandbox()
        tree = try TemporaryDirectory(isInMemory: true)
        try DiskPath(tree.appending("folder")).makeDirectory()
        try DiskPath(tree.appending("file")).write(Array("content".utf8))
        try DiskPath(tree.appending("empty")).write([])
    }

    private func snapshot(ignoringCache: Bool = false) throws -> SnapshotRun {
        try sandbox.snapshot { [root] in
            $0.sources = [root.bytes]
            $0.ignoresStatCache = ignoringCache
        }
    }

    /// The bytes of each attribute of an entry, as they are stored.
    private func values(_ run: SnapshotRun, _ path: String) throws -> [String: [UInt8]] {
        let attributes =
            path.isEmpty
            ? try sandbox.manifest(run.report.id).root.extendedAttributes
            : try sandbox.entries(of: run.report.id)[path]?.extendedAttributes ?? []
        var values: [String: [UInt8]] = [:]
        for attribute in attributes {
            let name = String(decoding: attribute.name, as: UTF8.self)
            switch attribute.value {
            case .inline(let bytes): values[name] = bytes
            case .content(let content): values[name] = try sandbox.load(content)
            }
        }
        return values
    }

    @Test(arguments: ["", "folder", "file", "empty"])
    func `large values are stored as chunks, and known again`(path: String) throws {
        var generator = SeededGenerator(seed: 1)
        let place = path.isEmpty ? root : root.appending(path)
        let expected = [
            "user.a": generator.bytes(FormatLimits.inlineAttributeInBytes),
            "user.b": generator.bytes(FormatLimits.inlineAttributeInBytes + 1),
            "user.c": generator.bytes(60_000), "user.d": [],
        ]
        for (name, value) in expected { try place.setAttribute(name, value) }
        let first = try snapshot()
        #expect(first.events.isEmpty)
        #expect(try values(first, path) == expected)
        #expect(try sandbox.check().problems == [])
        let second = try snapshot()
        #expect(second.report.newBytes == 0)
        #expect(second.report.readFiles == 0)
        #expect(
            try sandbox.manifest(first.report.id).root == sandbox.manifest(second.report.id).root)
        let third = try snapshot(ignoringCache: true)
        #expect(third.report.newBytes == 0)
        #expect(
            try sandbox.manifest(first.report.id).root == sandbox.manifest(third.report.id).root)
        try sandbox.waitForTick()
        try place.setAttribute("user.c", generator.bytes(50_000))
        #expect(try values(snapshot(), path)["user.c"]?.count == 50_000)
    }

    @Test func `what stands in the entry is bounded, whatever the order of the file system`() throws
    {
        let file = root.appending("file")
        let size = FormatLimits.inlineAttributeInBytes
        for number in (0..<6).reversed() {
            try file.setAttribute("user.\(number)", [UInt8](repeating: 1, count: size))
        }
        let run = try snapshot()
        let attributes = try #require(
            try sandbox.entries(of: run.report.id)["file"]?.extendedAttributes)
        #expect(attributes.map { $0.content == nil } == [true, true, true, true, false, false])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `more attributes than an entry takes are named`() throws {
        let file = root.appending("file")
        for number in 0..<300 { try file.setAttribute("user.\(1000 + number)", [1]) }
        let run = try snapshot()
        #expect(run.unreadable.map(\.path) == [file.bytes])
        #expect(run.unreadable.first?.reason == "has more than 256 extended attributes")
        #expect(try values(run, "file").count == FormatLimits.attributes)
    }
}

import FileHandles
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

/// What files carry beside their content.
@Suite(.enabled(if: hasUserAttributes, "the temporary folders take no user attributes"))
struct AttributeTests {
    private let sandbox: Sandbox
    private var source: DiskPath { sandbox.source }

    /// The owner may read and write, user 1 may read, all others nothing.
    private static let accessList: [UInt8] = [
        2, 0, 0, 0, 1, 0, 6, 0, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 4, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0xFF,
        0xFF, 0xFF, 0xFF, 0x10, 0, 4, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 0, 0, 0xFF, 0xFF, 0xFF,
        0xFF,
    ]

    init() throws {
        sandbox = try Sandbox()
        try sandbox.source.appending("folder").makeDirectory()
        try sandbox.source.appending("folder/file").write(Array("content".utf8))
        try sandbox.source.appending("empty").write([])
        try sandbox.source.appending("plain").write(Array("plain".utf8))
    }

    /// The attributes of each entry that has some, after a comparison with a snapshot that knows
    /// nothing of others.
    private func attributes(
        _ run: SnapshotRun, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: [ExtendedAttribute]] {
        let root = try sandbox.manifest(run.report.id).root
        let other = try sandbox.manifest(sandbox.snapshotWithoutCache().report.id).root
        #expect(root == other, sourceLocation: sourceLocation)
        #expect(try sandbox.check().problems == [], sourceLocation: sourceLocation)
        var all = try sandbox.entries(of: run.report.id).mapValues(\.extendedAttributes)
        all[""] = root.extendedAttributes
        return all.filter { !$0.value.isEmpty }
    }

    private func attribute(_ name: String, _ value: [UInt8]) -> ExtendedAttribute {
        ExtendedAttribute(name: Array(name.utf8), value: .inline(value))
    }

    @Test func `files, folders, empty files and the root have theirs`() throws {
        for path in ["folder", "folder/file", "empty"] {
            try source.appending(path).setAttribute("user.b", Array(path.utf8))
            try source.appending(path).setAttribute("user.a", [])
        }
        try source.setAttribute("user.root", [0xFF, 0])
        let run = try sandbox.snapshot()
        #expect(run.events.isEmpty)
        var expected = [String: [ExtendedAttribute]]()
        for path in ["folder", "folder/file", "empty"] {
            expected[path] = [attribute("user.a", []), attribute("user.b", Array(path.utf8))]
        }
        expected[""] = [attribute("user.root", [0xFF, 0])]
        #expect(try attributes(run) == expected)
    }

    @Test func `an unchanged tree keeps them without a look, and adds nothing`() throws {
        try source.appending("folder").setAttribute("user.a", [1])
        try source.appending("folder/file").setAttribute("user.a", [2])
        let first = try sandbox.snapshot()
        let second = try sandbox.snapshot()
        #expect(second.report.readFiles == 0)
        #expect(second.report.newBytes == 0)
        #expect(try attributes(second) == attributes(first))
        #expect(try !sandbox.snapshot { $0.skipsUnchanged = true }.report.isNew)
    }

    @Test(arguments: ["folder", "folder/file", "empty", ""])
    func `one that is set, altered or taken away is noticed`(path: String) throws {
        let place = path.isEmpty ? source : source.appending(path)
        _ = try sandbox.snapshot()
        let steps: [(DiskPath) throws -> Void] = [
            { try $0.setAttribute("user.a", [1]) }, { try $0.setAttribute("user.a", [2]) },
            { try $0.setAttribute("user.b", []) }, { try $0.removeAttribute("user.a") },
            { try $0.removeAttribute("user.b") },
        ]
        let expected = [
            [attribute("user.a", [1])], [attribute("user.a", [2])],
            [attribute("user.a", [2]), attribute("user.b", [])], [attribute("user.b", [])], [],
        ]
        for (step, result) in zip(steps, expected) {
            try sandbox.waitForTick()
            let before = try place.status()
            try step(place)
            // Only the change time tells.
            #expect(try place.status().modified == before.modified)
            let run = try sandbox.snapshot()
            #expect(try attributes(run)[path] ?? [] == result)
            #expect(run.report.readFiles == (path == "folder/file" ? 1 : 0))
        }
    }

    @Test func `a folder that was just looked at is looked at again`() throws {
        let folder = source.appending("folder")
        for value in 0..<20 as Range<UInt8> {
            // No tick between, and a clock that says so: the change time proves nothing.
            try folder.setAttribute("user.a", [value])
            let run = try sandbox.snapshot(.now)
            #expect(try attributes(run)["folder"] == [attribute("user.a", [value])])
        }
    }

    @Test func `access control lists are attributes`() throws {
        try source.appending("folder/file").setAttribute(
            "system.posix_acl_access", Self.accessList)
        try source.appending("folder").setAttribute(
            "system.posix_acl_default", Self.accessList)
        let all = try attributes(sandbox.snapshot())
        let expected = Self.accessList
        #expect(all["folder/file"] == [attribute("system.posix_acl_access", expected)])
        #expect(all["folder"] == [attribute("system.posix_acl_default", expected)])
    }

    @Test(.enabled(if: hasTrustedAttributes, "only root gives links attributes"))
    func `links, pipes and sockets have theirs, too`() throws {
        try source.appending("link").makeLink(to: Array("plain".utf8))
        try source.appending("pipe").makePipe()
        for name in ["link", "pipe"] {
            try source.appending(name).setAttribute("trusted.t", Array(name.utf8))
        }
        _ = try sandbox.snapshot()
        let run = try sandbox.snapshot()
        let expected = ["link", "pipe"].map { ($0, [attribute("trusted.t", Array($0.utf8))]) }
        #expect(try attributes(run) == Dictionary(uniqueKeysWithValues: expected))
        try sandbox.waitForTick()
        try source.appending("link").setAttribute("trusted.t", [0])
        let changed = try attributes(sandbox.snapshot())
        #expect(changed["link"] == [attribute("trusted.t", [0])])
    }

    @Test func `names are bytes, and stand in their order`() throws {
        let names: [[UInt8]] = [[0x61], [0x61, 0x2E], [0x62], [0xC3, 0xBC], [0xFF]]
        for name in names.reversed() {
            try source.appending("plain").setAttribute(
                bytes: Array("user.".utf8) + name, [1])
        }
        let all = try attributes(sandbox.snapshot())
        #expect(all["plain"]?.map(\.name) == names.map { Array("user.".utf8) + $0 })
    }

    @Test func `an attribute that cannot be read is named, and the file is taken`() throws {
        try DiskPath(sandbox.directory.path).setPermissions(0o755)
        try source.setPermissions(0o755)
        try source.appending("empty").setAttribute("user.secret", [1])
        for name in ["folder/file", "plain"] { try source.appending(name).setPermissions(0o644) }
        try source.appending("empty").setPermissions(0)
        try withoutPrivileges { [sandbox] in
            // Each time anew: what is missing does not become usual.
            for _ in 0..<2 {
                let run = try sandbox.snapshot()
                #expect(run.report.unreadableCount == 1)
                let expected = UnreadablePath(
                    path: sandbox.source.appending("empty").bytes,
                    reason: "extended attribute user.secret: Permission denied")
                #expect(run.unreadable == [expected])
                #expect(try sandbox.manifest(run.report.id).unreadable == [expected])
                #expect(try sandbox.entries(of: run.report.id)["empty"]?.kind == .file(.empty))
            }
        }
        try source.appending("empty").setPermissions(0o644)
        let run = try sandbox.snapshot()
        #expect(try attributes(run)["empty"] == [attribute("user.secret", [1])])
    }

    @Test func `attributes of a file that changes while it is read are read again`() throws {
        let file = source.appending("folder/file")
        let run = try sandbox.snapshot { _ in
        } onRead: { moment, path in
            guard moment == .afterRead, path == file else { return }
            if (try? file.attributes()["user.late"]) == nil {
                #expect(throws: Never.self) { try file.setAttribute("user.late", [1]) }
            }
        }
        #expect(try attributes(run)["folder/file"] == [attribute("user.late", [1])])
    }

    @Test func `further names of a file have its attributes`() throws {
        try source.appending("z").makeHardLink(to: source.appending("folder/file"))
        try source.appending("z").setAttribute("user.a", [1])
        let expected = [attribute("user.a", [1])]
        #expect(
            try attributes(sandbox.snapshot { $0.workerCount = 1 })
                == ["z": expected, "folder/file": expected])
    }
}

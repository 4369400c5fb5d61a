import FileHandles
import Foundation
import SnapshotModel
import TestSupport
import Testing

/// What a place does not take is told once, with how many entries lack it.
@Suite(.enabled(if: geteuid() == 0 && Tool.canDropPrivileges, "only root can give files away"))
struct RestorePlaceTests {
    private static let count = 300
    private let tool: Tool

    init() throws {
        tool = try Tool()
        for number in 0..<Self.count {
            let file = tool.source.appending("file \(number)")
            try file.write(Array("\(number)".utf8))
            try file.setOwner(0, 0)
            if number < 3 { try file.setPermissions(0o6755) }
        }
        let source = try FileHandles.FileHandle.openDirectory(path: tool.source.bytes)
        try source.makeNode(name: Array("null".utf8), mode: S_IFCHR | 0o666, major: 1, minor: 3)
        try tool("snapshot", "source")
        // Whoever has no rights must not need those of the folder that was taken.
        try tool.source.remove()
    }

    /// Runs the tool as somebody without rights.
    private func run(_ arguments: String...) throws -> ToolRun {
        try tool.start(arguments, isUnprivileged: true).wait()
    }

    @Test func `one summary says what is lacking, and what to do`() throws {
        let run = try run("restore", "latest", "--to", "target")
        #expect(run.exitCode == 3)
        let lines = run.error.split(separator: "\n").map(String.init)
        #expect(lines.count <= 12, "\(run.error)")
        #expect(lines.first == "warning: \(Self.count + 2) entries are missing, or not complete")
        // The folder itself is among them, the device is not there.
        #expect(
            run.error.contains("\n  owners: of \(Self.count + 1) entries: Operation not permit"))
        #expect(run.error.contains("leave them out with --no-owner"))
        #expect(run.error.contains("\n  setuid and setgid: of 3 entries: it belongs to another"))
        #expect(run.error.contains("\n  devices: 1: Operation not permitted"))
        for number in [0, Self.count - 1] {
            let file = tool.home.appending("target/file \(number)")
            #expect(try file.read() == Array("\(number)".utf8))
            #expect(try file.status().permissions & 0o6000 == 0)
        }
        let again = try self.run("restore", "latest", "--to", "target", "--verbose")
        #expect(again.error.contains("/target/null: devices: Operation not permitted\n"))
    }

    @Test func `the last object has it, and no event for each entry`() throws {
        let run = try run("restore", "latest", "--to", "target", "--json")
        #expect(run.exitCode == 3 && run.error == "")
        let objects = try run.objects()
        #expect(objects.count == 1)
        let shortfalls = try #require(objects.last?["shortfalls"] as? [[String: Any]])
        #expect(shortfalls.compactMap { $0["kind"] as? String } == ["owner", "setID", "device"])
        let counts = shortfalls.compactMap { $0["entries"] as? Int }
        #expect(counts == [Self.count + 1, 3, 1])
        for key in ["reason", "example", "try"] {
            #expect(shortfalls.allSatisfy { ($0[key] as? String)?.isEmpty == false })
        }
        #expect(objects.last?["failed"] as? Int == Self.count + 2)
        let verbose = try self.run("restore", "latest", "--to", "other", "--json", "--verbose")
        let events = try verbose.objects().filter { $0["event"] as? String == "failed" }
        // Three files lack two things each.
        #expect(events.count == Self.count + 1 + 3 + 1)
    }

    @Test func `without owners only the device is lacking`() throws {
        let run = try run("restore", "latest", "--to", "target", "--no-owner", "--json")
        let shortfalls = try #require(run.objects().last?["shortfalls"] as? [[String: Any]])
        #expect(shortfalls.compactMap { $0["kind"] as? String } == ["device"])
        try tool.home.appending("target").remove()
        let part = try self.run("restore", "latest:file 0", "--to", "target", "--no-owner")
        #expect(part.exitCode == 0 && part.error == "")
        #expect(try tool.home.appending("target/file 0").status().permissions == 0o755)
        // What is there already stays without a word, too.
        let again = try self.run("restore", "latest:file 0", "--to", "target", "--no-owner")
        #expect(again.exitCode == 0 && again.error == "")
        #expect(again.text.contains("1 unchanged"))
    }
}

/// Options that say what of the metadata is restored.
struct RestoreMetadataOptionTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending("file").write([1])
    }

    @Test func `owners are left out, or go by number, but not both`() throws {
        try tool("snapshot", "source")
        for command in [["restore", "latest", "--to", "target"], ["pull", "target"]] {
            let options = ["--no-owner", "--numeric-owner"]
            let run = try tool.start(command + options).wait()
            #expect(run.exitCode == 64)
            #expect(run.error.contains("exclude each other"))
            for option in options where command.first == "restore" {
                #expect(try tool.start(command + [option]).wait().exitCode == 0)
            }
        }
        #expect(try tool("pull", "target", "--no-owner").exitCode == 0)
    }

    @Test(.enabled(if: hasUserAttributes, "the temporary folders take no user attributes"))
    func `attributes are left out, and come when they are wanted`() throws {
        try tool.source.appending("file").setAttribute("user.a", [1])
        try tool("snapshot", "source")
        let run = try tool("restore", "latest", "--to", "target", "--no-xattrs")
        #expect(run.exitCode == 0 && run.error == "")
        #expect(try tool.home.appending("target/file").attributes() == [:])
        try tool("restore", "latest", "--to", "target")
        #expect(try tool.home.appending("target/file").attributes() == ["user.a": [1]])
    }

    @Test(.enabled(if: hasFlags, "the temporary folders take no flags"))
    func `flags are shown, left out, and come when they are wanted`() throws {
        try tool.source.appending("file").setFlags([.noDump, .noAccessTime])
        try tool("snapshot", "source")
        let entry = try #require(tool.json("ls", "latest").first)
        #expect(entry["flags"] as? [String] == ["noAccessTime", "noDump"])
        let run = try tool("restore", "latest", "--to", "target", "--no-flags")
        #expect(run.exitCode == 0 && run.error == "")
        let file = tool.home.appending("target/file")
        #expect(try file.flags() == [])
        let change = try #require(tool.json("diff", "latest", "--with", "target").first)
        #expect(change["fields"] as? [String] == ["flags"])
        try tool("restore", "latest", "--to", "target")
        #expect(try file.flags() == [.noDump, .noAccessTime])
        #expect(try tool.json("diff", "latest", "--with", "target").count == 1)
    }
}

import FileHandles
import Foundation
import TestSupport
import Testing

/// A thousand folders in each other, with paths that no call takes as a whole: every command goes
/// through them.
struct DeepTreeTests {
    private static let levels = 1000
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try Self.grow(tool.source)
        try waitForTick(in: tool.home.bytes)
        let run = try tool("snapshot", "source")
        guard run.exitCode == 0 else { throw ToolFailure(arguments: ["snapshot"], run: run) }
    }

    private static func grow(_ root: DiskPath, levels: Int = levels) throws {
        var folder = try FileHandles.FileHandle.openDirectory(path: root.bytes)
        for level in 0..<levels {
            let name = Array("\(1000 + level)".utf8)
            try folder.makeDirectory(name: name, mode: 0o755)
            folder = try folder.openDirectory(name: name)
            if level % 100 == 0 { try write("file \(level)", in: folder) }
        }
        try write("deepest", in: folder)
        let second = Array("second".utf8)
        try folder.makeLink(of: Array("deepest".utf8), named: second, in: folder)
        let target = [UInt8](repeating: 0x74, count: 4095)
        try folder.makeSymlink(name: Array("link".utf8), target: target)
    }

    private static func write(_ name: String, in folder: FileHandles.FileHandle) throws {
        let file = try folder.open(name: Array(name.utf8), flags: O_WRONLY | O_CREAT)
        try Array(name.utf8).withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// Removes what is too deep for paths.
    private func clear() {
        #expect(throws: Never.self) {
            for name in ["source", "back"] {
                let run = try Command(["rm", "-rf", tool.home.appending(name).text])
                #expect(run.exitCode == 0)
            }
        }
    }

    @discardableResult
    private func done(
        _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ToolRun {
        let run = try tool.start(arguments).wait()
        #expect(run.exitCode == 0, "\(run.error.prefix(1000))", sourceLocation: sourceLocation)
        return run
    }

    private func rootID(_ name: String) throws -> String? {
        let shown = try tool("show", name).output
        let manifest = try JSONSerialization.jsonObject(with: Data(shown))
        return (manifest as? [String: Any])?["rootID"] as? String
    }

    @Test func `it is restored, over itself too, and what is too much is deleted`() throws {
        defer { clear() }
        let back = tool.home.appending("back")
        for _ in 0...1 { try done("restore", "latest", "--to", back.text) }
        #expect(try done("diff", "latest", "--with", back.text, "--contents").text == "")
        let extra = back.appending("extra")
        try extra.makeDirectory()
        try Self.grow(extra, levels: 100)
        let added = try done("diff", "latest", "--with", back.text).lines
        #expect(added.allSatisfy { $0.hasPrefix("+ extra") })
        #expect(added.count > 100)
        try done("restore", "latest", "--to", back.text, "--delete", "--verify")
        #expect(!extra.exists)
        #expect(try done("diff", "latest", "--with", back.text).text == "")
        // What was restored is the same tree for the next snapshot.
        try done("snapshot", back.text)
        #expect(try rootID("latest") == rootID("latest~1"))
    }

    @Test func `it is taken, listed, searched, exported, checked and forgotten`() throws {
        defer { clear() }
        let last = try done("snapshot", "source", "--json").objects().last
        #expect(last?["directories"] as? Int == Self.levels + 1)
        #expect(try rootID("latest") == rootID("latest~1"))
        let listed = try done("ls", "latest", "--recursive").lines
        #expect(listed.count == Self.levels + 10 + 3)
        let deepest = listed.first { $0.hasSuffix("/deepest") } ?? ""
        #expect(deepest.utf8.count > 4096)
        #expect(try done("cat", "latest:" + deepest).text == "deepest")
        let found = try done("find", "deepest", "--snapshot", "latest").lines
        #expect(found.count == 1 && found.first?.hasSuffix(":" + deepest) == true)
        #expect(try done("diff", "latest~1", "latest").text == "")
        let archive = tool.home.appending("archive")
        try archive.write(done("export", "latest").output)
        // tar itself goes no deeper than a path may be long when it writes files.
        let members = try Command(["tar", "-tf", archive.text])
        #expect(members.exitCode == 0, "\(members.error)")
        #expect(members.text.split(separator: "\n").count == listed.count + 1)
        try done("check", "--read-data")
        try done("stats", "latest")
        #expect(try done("snapshot", "source", "--dry-run").lines.count == listed.count + 1)
        try done("forget", "latest", "--prune", "--grace", "0")
        try done("check", "--read-data")
    }
}

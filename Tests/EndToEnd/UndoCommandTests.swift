import Foundation
import TestSupport
import Testing

/// `forget --undo` with the default repository.
struct UndoCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        try tool.source.appending("folder").makeDirectory()
        var generator = SeededGenerator(seed: 98)
        for name in ["a", "folder/b"] {
            try tool.source.appending(name).write(generator.bytes(60_000))
        }
        try tool("snapshot", "source", "--tag", "gold", "--host", "lake")
    }

    private func ids(_ arguments: String...) throws -> [String] {
        let run = try tool.start(["list", "--json"] + arguments).wait()
        return try run.objects().compactMap { $0["id"] as? String }
    }

    /// Forgets the only snapshot.
    private func forget() throws -> String {
        let id = try #require(ids().first)
        #expect(try tool("forget", id).exitCode == 0)
        #expect(try ids() == [])
        return id
    }

    @Test func `what was forgotten is back, is told by name, and restores to the same tree`() throws
    {
        let old = try forget()
        #expect(try ids("--forgotten") == [old])
        let planned = try tool("forget", "--undo", old, "--dry-run")
        #expect(planned.exitCode == 0)
        #expect(planned.lines.last == "would bring back 1 snapshot")
        #expect(try ids("--forgotten") == [old])
        let run = try tool("forget", "--undo", String(old.prefix(8)), environment: ["TZ": "UTC"])
        #expect(run.exitCode == 0 && run.error == "")
        let new = try #require(ids().first)
        #expect(run.lines.count == 2 && run.lines.last == "brought back 1 snapshot")
        #expect(run.lines[0].hasPrefix("  back  \(old.prefix(8))  20"))
        #expect(run.lines[0].hasSuffix("Z  lake  \(tool.source.text)  [gold]  as \(new)"))
        #expect(new != old)
        #expect(try ids("--forgotten") == [])
        try tool("restore", new, "--to", "target")
        #expect(try compareTrees(tool.source, tool.home.appending("target")) == [])
        #expect(try tool("check", "--read-data").exitCode == 0)
        #expect(try tool("list", "--tag", "gold", "--host", "lake").lines.count == 1)
        let again = try tool("forget", "--undo", old)
        expectFailure(
            again, 1, ["cannot find forgotten snapshot \"\(old)\""], try: ["list --forgotten"])
        #expect(try tool("forget", "--undo", old, "--quiet").text == "")
    }

    @Test func `JSON has an object for each snapshot, and a summary`() throws {
        let old = try forget()
        for isDryRun in [true, false] {
            let run = try tool.start(
                ["forget", "--undo", old, "--json"] + (isDryRun ? ["--dry-run"] : [])
            ).wait()
            let objects = try run.objects()
            #expect(objects.map { $0["event"] as? String } == ["undo", "summary"])
            try expectValid(objects[0], "undo")
            try expectValid(objects[1], "undoSummary")
            #expect(objects[0]["id"] as? String == old)
            #expect(objects[0]["tags"] as? [String] == ["gold"])
            #expect(objects[0]["action"] as? String == "back")
            #expect(objects[0]["snapshot"] as? String == (isDryRun ? nil : try ids().first))
            #expect(objects[1]["dryRun"] as? Bool == isDryRun)
            #expect(objects[1]["broughtBack"] as? Int == 1)
            let requests = try #require(objects[1]["requests"] as? [String: Int])
            // The session and the manifest; the copy and the session.
            #expect(requests["put"] == (isDryRun ? 0 : 2))
            #expect(requests["delete"] == (isDryRun ? 0 : 2))
        }
    }

    @Test func `what was collected is refused by name, and others come back all the same`() throws {
        let old = try forget()
        let folder = tool.repository.appending("forgotten")
        let name = try #require(folder.names().first)
        let copy = try folder.appending(name).read()
        #expect(try tool("prune", "--grace", "0").exitCode == 0)
        #expect(try folder.names() == [])
        try folder.appending(name).write(copy)
        try tool.source.appending("a").write(Array("other".utf8))
        try tool("snapshot", "source")
        let other = try forget()
        let run = try tool("forget", "--undo", old, other)
        expectFailure(
            run, 1, ["cannot bring back snapshot \(old.prefix(8))", "collected already"],
            try: ["varve list"])
        #expect(run.lines.last == "brought back 1 snapshot")
        #expect(run.lines.contains { $0.hasPrefix("  gone  \(old.prefix(8))") })
        #expect(try ids().count == 1)
        #expect(try ids("--forgotten") == [old])
        let json = try tool("forget", "--undo", old, "--json")
        #expect(json.exitCode == 1)
        let objects = try json.objects()
        #expect(objects.map { $0["event"] as? String } == ["undo", "error"])
        try expectValid(objects[0], "undo")
        #expect(objects[0]["action"] as? String == "gone")
        #expect(try #require(objects[0]["missingChunks"] as? Int) > 0)
        #expect(objects[1]["code"] as? Int == 1)
        #expect(try tool("check", "--read-data").exitCode == 0)
    }

    @Test(arguments: [
        ([], "--forgotten"), (["abcd", "--keep-last", "1"], "by name only"),
        (["abcd", "--allow-empty"], "by name only"), (["abcd", "--group-by", ""], "by name only"),
        (["abcd", "--host", "lake"], "by name only"), (["abcd", "--tag", "x"], "by name only"),
        (["abcd", "--prune"], "exclude each other"), (["abcd", "--grace", "0"], "exclude"),
    ])
    func `what has no meaning together with it is refused`(
        arguments: [String], words: String
    ) throws {
        let run = try tool.start(["forget", "--undo"] + arguments).wait()
        #expect(run.exitCode == 64)
        #expect(run.error.contains(words), "\(run.error)")
        #expect(run.output == [])
    }

    @Test(arguments: ["latest", "abc", "", "zzzz", "ffffffff"])
    func `a word that names none ends it`(word: String) throws {
        let run = try tool("forget", "--undo", word)
        #expect(run.exitCode == 1)
        #expect(run.error.contains("cannot find forgotten snapshot \"\(word)\""), "\(run.error)")
    }

    @Test(.enabled(if: Tool.canDropPrivileges, "the tool cannot be run as another user"))
    func `without the right to delete it is back, and the copy stays with a notice`() throws {
        let old = try forget()
        let folder = tool.repository.appending("forgotten")
        try folder.setPermissions(0o500)
        let run = try tool.start(["forget", "--undo", old], isUnprivileged: true).wait()
        try folder.setPermissions(0o700)
        #expect(run.exitCode == 0)
        #expect(run.error.contains("could not be deleted"))
        #expect(try folder.names().count == 1)
        let new = try ids()
        #expect(new.count == 1)
        // Once more: the same one, and the copy goes.
        #expect(try tool("forget", "--undo", old).lines[0].hasSuffix("as \(new[0])"))
        #expect(try ids() == new)
        #expect(try folder.names() == [])
    }
}

/// Compares the members of an event with what its schema promises.
func expectValid(_ object: [String: Any], _ definition: String) throws {
    var path = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { path.deleteLastPathComponent() }
    path.appendPathComponent("Specs/schemas/cli-events.schema.json")
    let schema = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
    let definitions = try #require(schema["$defs"] as? [String: Any])
    let event = try #require(definitions[definition] as? [String: Any], "\(definition)")
    let properties = try #require(event["properties"] as? [String: Any])
    let required = try #require(event["required"] as? [String])
    #expect(Set(object.keys).isSubset(of: properties.keys), "\(definition)")
    #expect(Set(object.keys).isSuperset(of: required), "\(definition)")
    for (key, rule) in properties {
        guard let words = (rule as? [String: Any])?["enum"] as? [String] else { continue }
        #expect(words.contains(object[key] as? String ?? ""), "\(definition).\(key)")
    }
}

import Foundation
import TestSupport
import Testing

/// Paths that a file lists.
struct ListedPathsCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool(isInMemory: true)
        for folder in ["one", "one/deep", "two"] {
            try tool.source.appending(folder).makeDirectory()
        }
        for name in ["one/a", "one/b", "one/deep/c", "two/d", "two/e", "line\nfeed", "top"] {
            try tool.source.appending(name).write(Array(name.utf8))
        }
        try tool.source.appending("link").makeLink(to: Array("one".utf8))
    }

    /// Takes the listed paths of the home folder.
    private func take(
        _ list: String, _ options: String..., as option: String = "--files-from"
    ) throws -> ToolRun {
        let file = tool.home.appending("list")
        try file.write(Array(list.utf8))
        return try tool.start(["snapshot", option, "list"] + options).wait()
    }

    private var paths: [String] {
        get throws {
            try tool.json("ls", "latest", "-R").compactMap { $0["path"] as? String }
        }
    }

    @Test func `the root has what is listed, where it is below the current folder`() throws {
        let run = try take(
            "source/two\nsource/one/deep/c\n./source//one/../link\n\n\(tool.home.text)/source/top")
        #expect(run.exitCode == 0)
        #expect(
            try paths == [
                "source", "source/link", "source/one", "source/one/deep", "source/one/deep/c",
                "source/top", "source/two", "source/two/d", "source/two/e",
            ])
        let manifest = try #require(tool("show", "latest").objects().first)
        #expect(manifest["paths"] as? [String] == [tool.home.text])
        #expect(try tool("cat", "latest:source/one/deep/c").text == "one/deep/c")
    }

    @Test func `names with line feeds are listed with NUL`() throws {
        #expect(try take("source/line\nfeed\0source/top\0", as: "--files-from0").exitCode == 0)
        #expect(try paths == ["source", "source/line\nfeed", "source/top"])
        #expect(try take("source/line\nfeed", as: "--files-from0").exitCode == 0)
        #expect(try paths == ["source", "source/line\nfeed"])
    }

    @Test func `lists come from several files and standard input`() throws {
        try tool.home.appending("first").write(Array("source/top\n".utf8))
        try tool.home.appending("second").write(Array("source/one/a\0source/one/b".utf8))
        let run = try tool.start(
            ["snapshot", "--files-from", "first", "--files-from0", "-"],
            input: FileHandle(forReadingAtPath: tool.home.appending("second").text)
        ).wait()
        #expect(run.exitCode == 0)
        #expect(
            try paths == ["source", "source/one", "source/one/a", "source/one/b", "source/top"])
    }

    @Test func `each path that is missing is reported`() throws {
        let names = ["top/below", "no", "gone/x", "gone/y", "link/a", "one/a"]
        let run = try take(names.map { "source/\($0)\n" }.joined(), "--json")
        #expect(run.exitCode == 3)
        let unreadable = try run.objects().filter { $0["event"] as? String == "unreadable" }
        let found = unreadable.map { "\($0["path"] ?? ""): \($0["reason"] ?? "")" }
        let source = tool.source.text
        #expect(
            found == [
                "\(source)/gone/x: No such file or directory",
                "\(source)/gone/y: No such file or directory",
                "\(source)/link/a: Not a directory", "\(source)/no: No such file or directory",
                "\(source)/top/below: Not a directory",
            ])
        #expect(try run.objects().last?["unreadable"] as? Int == 5)
        #expect(try paths == ["source", "source/one", "source/one/a"])
        let manifest = try #require(tool("show", "latest").objects().first)
        #expect((manifest["unreadable"] as? [String: Any])?["count"] as? Int == 5)
    }

    /// Takes the listed paths of the source, which nobody changes meanwhile.
    private func takeOfSource(_ list: String, _ options: String...) throws -> Command {
        try Command(
            [
                "sh", "-c", "cd \(tool.source.text) && HOME=\(tool.home.text) exec \"$@\"", "sh",
                Tool.path, "snapshot", "--files-from", "-",
            ] + options, input: Array(list.utf8))
    }

    @Test func `a second run reads no file, and may be no snapshot`() throws {
        let list = "one\ntwo/d\n"
        #expect(try takeOfSource(list).exitCode == 0)
        try waitForTick(in: tool.home.bytes)
        #expect(try takeOfSource(list).exitCode == 0)
        let again = try takeOfSource(list, "--json")
        #expect(again.text.contains("\"readFiles\":0,"))
        #expect(
            try takeOfSource(list, "--skip-unchanged").text.contains("nothing has changed since"))
        let shorter = try takeOfSource("one\n", "--skip-unchanged", "--json")
        #expect(shorter.text.contains("\"readFiles\":0,"))
        #expect(try paths == ["one", "one/a", "one/b", "one/deep", "one/deep/c"])
    }

    @Test func `what is to be left out is left out of what is listed`() throws {
        try tool.source.appending("two/.gitignore").write(Array("e\n".utf8))
        let list = "source/one/a\nsource/one/deep\nsource/two/d\nsource/two/e\n"
        #expect(
            try take(list, "--exclude", "/source/one/deep", "--gitignore").exitCode == 0)
        #expect(
            try paths == ["source", "source/one", "source/one/a", "source/two", "source/two/d"])
        try tool.source.appending("two/.mark").write([])
        #expect(try take(list, "--exclude-if-present", ".mark").exitCode == 0)
        #expect(
            try paths == [
                "source", "source/one", "source/one/a", "source/one/deep", "source/one/deep/c",
                "source/two",
            ])
    }

    @Test func `a dry run shows what is listed, and writes nothing`() throws {
        let run = try take("source/two\nsource/top", "--dry-run")
        #expect(run.exitCode == 0)
        #expect(
            run.lines.dropLast() == [
                "+ source", "+ source/top", "+ source/two", "+ source/two/d", "+ source/two/e",
            ])
        #expect(!tool.repository.exists)
        #expect(try take("source/two\nsource/top").exitCode == 0)
        let again = try take("source/two\nsource/top\nsource/missing", "--dry-run")
        #expect(again.exitCode == 3)
        #expect(again.lines.dropLast().allSatisfy { !$0.hasPrefix("+") })
    }

    @Test func `the current folder may be listed itself`() throws {
        #expect(try take("source/one\n.\n").exitCode == 0)
        #expect(try paths.contains("source/two/e"))
    }

    @Test(arguments: [
        ("source/top\n../x\n", "../x", 2), ("/etc/passwd\n", "/etc/passwd", 1),
        ("source/../../x", "source/../../x", 1), ("\n\nsource\0x\n", "source\\x00x", 3),
    ])
    func `what is not below the current folder is refused, with its line`(
        list: String, path: String, line: Int
    ) throws {
        let run = try take(list)
        #expect(run.exitCode == 64)
        #expect(run.error.hasPrefix("error: cannot take \"\(path)\"\n"))
        #expect(run.error.contains("cause: \(tool.home.text)/list, line \(line): "))
        #expect(run.error.contains("nothing was written"))
        #expect(!tool.repository.exists)
    }

    @Test(arguments: ["", "\n\n"])
    func `an empty list is an error`(list: String) throws {
        let run = try take(list)
        #expect(run.exitCode == 1)
        #expect(run.error.hasPrefix("error: there is nothing to take\ncause: no path is listed\n"))
        #expect(!tool.repository.exists)
    }

    @Test func `a list that cannot be read is an error`() throws {
        let missing = try tool("snapshot", "--files-from", "missing")
        #expect(missing.exitCode == 1)
        #expect(missing.error.contains("error: cannot read \(tool.home.text)/missing\n"))
        let folder = try tool("snapshot", "--files-from0", "source")
        #expect(folder.exitCode == 1)
        #expect(folder.error.contains("cause: Is a directory\n"))
        #expect(!tool.repository.exists)
    }

    @Test func `whoever waits for a list can be interrupted`() throws {
        let pipe = Pipe()
        let running = try tool.start(
            ["snapshot", "--files-from", "-"], input: pipe.fileHandleForReading)
        // Once a second signal would end it at once, the first one has been caught.
        let status = "/proc/\(running.processID)/status"
        while running.isRunning, !Self.catchesSignals(status) { usleep(200) }
        running.send(signal: SIGTERM)
        let run = try running.wait()
        #expect(run.exitCode == 130)
        #expect(run.error == "error: interrupted\n")
        withExtendedLifetime(pipe) {}
    }

    /// Whether a process has a handler for SIGTERM.
    private static func catchesSignals(_ path: String) -> Bool {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("SigCgt:") } ?? ""
        let mask = UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) ?? 0
        return mask & (1 << UInt64(SIGTERM - 1)) != 0
    }

    @Test(arguments: [
        ["source", "--files-from", "list"], ["--files-from", "list", "--", "source"],
        ["--files-from", "-", "--files-from0", "-"], ["--files-from", "-", "--files-from", "-"],
        ["--files-from", "list", "--explain", "source"],
    ])
    func `what makes no sense together is refused`(options: [String]) throws {
        try tool.home.appending("list").write(Array("source\n".utf8))
        let run = try tool.start(["snapshot"] + options).wait()
        #expect(run.exitCode == 64)
        #expect(run.error.contains("nothing was written"))
        #expect(!tool.repository.exists)
    }
}

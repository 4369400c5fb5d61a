import Foundation
import TestSupport
import Testing

/// Streams, and the commands that write them.
struct StreamCommandTests {
    private let tool: Tool

    init() throws { tool = try Tool(isInMemory: true) }

    /// Starts a snapshot of what a shell's words write.
    private func startShell(_ text: String, _ options: String...) throws -> RunningTool {
        try tool.start(
            ["snapshot", "--stdin-name", "x"] + options + ["--", "sh", "-c", text],
            environment: ["PATH": "/usr/bin:/bin"])
    }

    private func takeShell(_ text: String) throws -> ToolRun { try startShell(text).wait() }

    private func take(_ bytes: [UInt8], _ options: String...) throws -> ToolRun {
        let input = tool.home.appending("input")
        try input.write(bytes)
        return try tool.start(
            ["snapshot", "--stdin-name", "x"] + options,
            input: FileHandle(forReadingAtPath: input.text)
        ).wait()
    }

    /// How many snapshots there are.
    private func count() throws -> Int { try tool.json("list").count - 1 }

    @Test func `standard input becomes a file`() throws {
        var generator = SeededGenerator(seed: 3)
        let bytes = generator.mixedBytes(2_500_000)
        let run = try take(bytes, "--tag", "dump")
        #expect(run.exitCode == 0)
        #expect(try tool("cat", "latest:x").output == bytes)
        #expect(try tool("ls", "-l", "latest").text.hasPrefix("-rw------- "))
        #expect(try tool("list", "--path", "/x", "--tag", "dump").lines.count == 1)
        #expect(try take([]).exitCode == 0)
        #expect(try tool("cat", "latest:x").output == [])
    }

    @Test func `equal streams are one snapshot, from a command, too, and without a cache`() throws {
        let first = try #require(take(Array("abc".utf8)).lines.last)
        for _ in 0..<2 {
            let run = try startShell("printf abc", "--skip-unchanged").wait()
            #expect(run.exitCode == 0)
            #expect(run.lines.last == "nothing has changed since \(first)")
            try tool("cache", "clear")
        }
        #expect(try startShell("printf abd", "--skip-unchanged").wait().exitCode == 0)
        #expect(try count() == 2)
    }

    @Test func `a command has its arguments as they are, standard input and the folder`() throws {
        try tool.source.appending("words").write(Array("read\n".utf8))
        let arguments = [
            "sh", "-c", "pwd; cat; printf '%s|' \"$@\"", "sh", "--json", "--", "a b", "",
        ]
        let run = try tool.start(
            ["snapshot", "--json", "--stdin-name", "x", "--"] + arguments,
            input: FileHandle(forReadingAtPath: tool.source.appending("words").text)
        ).wait()
        #expect(run.exitCode == 0)
        #expect(try run.objects().last?["files"] as? Int == 1)
        #expect(try tool("cat", "latest:x").text == "\(tool.home.text)\nread\n--json|--|a b||")
    }

    @Test(arguments: [
        ("exit 3", "it ended with exit code 3"),
        ("echo part; exit 255", "it ended with exit code 255"),
        ("kill -TERM $$", "it was ended by signal 15"),
        ("head -c 100000000 /dev/zero; exit 1", "it ended with exit code 1"),
        ("head -c 3000000 /dev/urandom; exit 1", "it ended with exit code 1"),
        ("exec >&-; sleep 0.1; exit 1", "it ended with exit code 1"),
    ])
    func `a command that fails makes no snapshot, and its arguments are not shown`(
        text: String, cause: String
    ) throws {
        let run = try takeShell("echo words >&2; \(text) # secret")
        #expect(run.exitCode == 1)
        #expect(
            run.error.hasSuffix(
                """
                words
                error: the command sh failed
                cause: \(cause)
                try:   no snapshot was made; what was stored of the stream is not sent again

                """))
        #expect(!run.error.contains("secret"))
        #expect(try count() == 0)
        #expect(try tool("check", "--read-data").exitCode == 0)
    }

    @Test func `a failure is an object when JSON is asked for`() throws {
        let run = try startShell("exit 7 # secret", "--json").wait()
        #expect(run.exitCode == 1)
        let error = try #require(run.objects().last)
        #expect(error["event"] as? String == "error")
        #expect(error["message"] as? String == "the command sh failed")
        #expect(error["cause"] as? String == "it ended with exit code 7")
        #expect(!run.text.contains("secret"))
    }

    @Test func `a parent that ignores the end of children hides no failure`() throws {
        let process = try Command([
            "sh", "-c", "trap '' CHLD; HOME=\(tool.home.text) exec \"$@\"", "sh", Tool.path,
            "snapshot",
            "--stdin-name", "x", "--", "sh", "-c", "echo part; exit 9",
        ])
        #expect(process.exitCode == 1)
        #expect(process.error.contains("cause: it ended with exit code 9\n"))
    }

    @Test func `a command that is not there makes nothing at all`() throws {
        for name in ["no-such-command", "/no/such/command", ""] {
            let run = try tool.start(["snapshot", "--stdin-name", "x", "--", name, "secret"]).wait()
            #expect(run.exitCode == 1)
            #expect(
                run.error == """
                    error: cannot start \(name)
                    cause: No such file or directory
                    try:   check the command; no snapshot was made

                    """)
            #expect(!tool.repository.exists)
        }
    }

    @Test func `what cannot be run is an error`() throws {
        let file = tool.source.appending("text")
        try file.write([1])
        let run = try tool.start(["snapshot", "--stdin-name", "x", "--", file.text]).wait()
        #expect(run.exitCode == 1)
        #expect(run.error.contains("error: cannot start \(file.text)\ncause: Permission denied\n"))
        #expect(try count() == 0)
    }

    @Test func `a command that goes on without output is waited for`() throws {
        let mark = tool.home.appending("mark")
        let run = try takeShell("echo early; exec >&-; sleep 0.3; echo > \(mark.text)")
        #expect(run.exitCode == 0)
        #expect(mark.exists)
        #expect(try tool("cat", "latest:x").text == "early\n")
    }

    /// A command that says that it runs, and takes the word back when it is ended in order.
    private func running(_ mark: DiskPath, _ text: String) -> String {
        "trap 'rm \(mark.text); exit 0' TERM; echo > \(mark.text); \(text)"
    }

    @Test(arguments: [SIGINT, SIGTERM], ["echo more", "sleep 0.01"])
    func `an interrupted run ends the command`(signal: CInt, text: String) throws {
        let mark = tool.home.appending("mark")
        let tool = try startShell(running(mark, "while :; do \(text); done"))
        while tool.isRunning, !mark.exists { usleep(200) }
        tool.send(signal: signal)
        let run = try tool.wait()
        #expect(run.exitCode == 130)
        #expect(run.error.hasSuffix("error: interrupted\n"))
        #expect(!mark.exists)
        #expect(try count() == 0)
    }

    @Test func `a command that does not want to end is killed`() throws {
        let mark = tool.home.appending("mark")
        let tool = try startShell(
            "trap '' TERM; echo $$ > \(mark.text).new; mv \(mark.text).new \(mark.text);"
                + " while :; do sleep 0.1; done")
        while tool.isRunning, !mark.exists { usleep(200) }
        tool.send(signal: SIGTERM)
        #expect(try tool.wait().exitCode == 130)
        let text = String(decoding: try mark.read(), as: UTF8.self)
        let command = try #require(pid_t(text.dropLast()))
        #expect(kill(command, 0) == -1 && errno == ESRCH)
    }

    @Test func `a run that is killed ends the command by its broken pipe, and harms nothing`()
        throws
    {
        let (mark, end) = (tool.home.appending("mark"), tool.home.appending("end"))
        let running = try startShell(
            "(head -c 3000000 /dev/urandom; echo > \(mark.text); cat /dev/zero;"
                + " echo $? > \(end.text))"
        )
        while running.isRunning, !mark.exists { usleep(200) }
        running.send(signal: SIGKILL)
        #expect(try running.wait().exitCode == 128 + SIGKILL)
        // The shell writes it when cat has ended, which nobody but the pipe does.
        while try !end.exists || end.read().isEmpty { usleep(200) }
        #expect(try String(decoding: end.read(), as: UTF8.self) == "\(128 + SIGPIPE)\n")
        #expect(try count() == 0)
        #expect(try tool("check", "--read-data").exitCode == 0)
        #expect(try take([1]).exitCode == 0)
    }

    @Test func `a path with a minus in front stands behind two of them`() throws {
        try tool.home.appending("-dir").makeDirectory()
        try tool.home.appending("-dir/file").write([1])
        #expect(try tool("snapshot", "--", "-dir").exitCode == 0)
        #expect(try tool("ls", "latest").lines == ["file"])
        #expect(try tool("snapshot", "source", "--", "-dir").exitCode == 0)
        #expect(try tool("ls", "latest").lines == ["-dir", "source"])
    }

    @Test func `a terminal is no stream`() throws {
        let terminal = try Terminal()
        let run = try tool.start(["snapshot", "--stdin-name", "x"], input: terminal.device).wait()
        #expect(run.exitCode == 64)
        #expect(run.error.hasPrefix("error: standard input is a terminal\n"))
        // A command may ask there.
        let other = try tool.start(
            ["snapshot", "--stdin-name", "x", "--", "/bin/echo", "hello"], input: terminal.device)
        #expect(try other.wait().exitCode == 0)
    }

    @Test func `what cannot be read is an error`() throws {
        let closed = try Command([
            "sh", "-c", "HOME=\(tool.home.text) exec \"$@\" <&-", "sh", Tool.path, "snapshot",
            "--stdin-name", "x",
        ])
        #expect(closed.exitCode == 1)
        #expect(
            closed.error.hasPrefix(
                "error: cannot read standard input\ncause: Bad file descriptor\n"))
        #expect(!tool.repository.exists)
        let folder = try tool.start(
            ["snapshot", "--stdin-name", "x"],
            input: FileHandle(forReadingAtPath: tool.source.text)
        ).wait()
        #expect(folder.exitCode == 1)
        #expect(
            folder.error.contains("error: cannot read standard input\ncause: Is a directory\n"))
        #expect(try count() == 0)
    }

    @Test(arguments: [
        ["source"], ["source", "--", "echo"], ["--"], ["--exclude", "x"], ["--gitignore"],
        ["--exclude-larger-than", "1K", "--", "echo"], ["--one-file-system"], ["--exclude-caches"],
        ["--exclude-if-present", "x"], ["--exclude-from", "source"], ["--files-from", "-"],
        ["--files-from0", "-"], ["--dry-run"], ["--explain", "x", "--", "echo"],
    ])
    func `what makes no sense together is refused`(options: [String]) throws {
        try expectRefusal(["snapshot", "--stdin-name", "x"] + options)
    }

    @Test(arguments: ["", ".", "..", "a/b", "/a", String(repeating: "x", count: 256)])
    func `a name that is none is refused`(name: String) throws {
        try expectRefusal(["snapshot", "--stdin-name", name])
    }

    private func expectRefusal(_ arguments: [String]) throws {
        let run = try tool.start(arguments).wait()
        #expect(run.exitCode == 64)
        #expect(run.error.contains("nothing was written"))
        #expect(!tool.home.appending(".local").exists)
    }
}

import FileHandles
import TestSupport
import Testing

struct ChildProcessTests {
    private func run(
        _ words: String..., environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        limit: Duration = .seconds(30), outputLimitInBytes: Int = 1 << 20
    ) throws -> ChildProcess.Result {
        try ChildProcess.run(
            words, environment: environment, limit: limit, outputLimitInBytes: outputLimitInBytes)
    }

    private func text(_ result: ChildProcess.Result) -> String {
        String(decoding: result.output, as: UTF8.self)
    }

    @Test func theOutputAndTheExitCodeComeBack() throws {
        let result = try run("sh", "-c", "echo one; echo two; exit 7")
        #expect(result.end == .exited(7))
        #expect(text(result) == "one\ntwo\n")
    }

    @Test func argumentsAreNotInterpreted() throws {
        let result = try run("printf", "%s|", "$HOME", "a b", "*", "", "`id`", ";ls")
        #expect(text(result) == "$HOME|a b|*||`id`|;ls|")
    }

    @Test func theProgramHasTheGivenVariablesOnly() throws {
        let result = try run("/usr/bin/env", environment: ["A": "1", "B": "x y"])
        #expect(text(result) == "A=1\nB=x y\n")
    }

    @Test func standardInputIsEmpty() throws {
        #expect(try run("cat") == ChildProcess.Result(end: .exited(0), output: []))
    }

    @Test func longOutputComesWhole() throws {
        let result = try run("head", "-c", "300000", "/dev/zero")
        #expect(result.end == .exited(0))
        #expect(result.output == [UInt8](repeating: 0, count: 300_000))
    }

    @Test func tooLongOutputEndsTheProgram() throws {
        #expect(try run("yes", outputLimitInBytes: 100_000).end == .tooMuchOutput)
    }

    @Test(arguments: [["sleep", "1000"], ["sh", "-c", "exec >&-; exec sleep 1000"]])
    func aProgramThatTakesTooLongIsKilled(words: [String]) throws {
        let result = try ChildProcess.run(
            words, environment: ["PATH": "/usr/bin:/bin"], limit: .milliseconds(50),
            outputLimitInBytes: 100)
        #expect(result.end == .timedOut)
    }

    @Test func endingByASignalIsTold() throws {
        #expect(try run("sh", "-c", "kill -TERM $$").end == .killed(signal: 15))
    }

    @Test(arguments: ["no-such-program", "/no/such/program", ""])
    func aProgramThatIsNotThereCannotBeStarted(program: String) {
        do {
            _ = try run(program)
            Issue.record("\(program) was run")
        } catch {
            #expect((error as? SystemCallError)?.isNoEntry == true)
        }
    }

    @Test func foldersOfThePathAreSearchedInOrder() throws {
        let directory = try TemporaryDirectory()
        for (folder, mode) in [("a", UInt16(0o600)), ("b", 0o700), ("c", 0o700)] {
            try directory.open().makeDirectory(name: Array(folder.utf8), mode: 0o700)
            try directory.write("\(folder)/program", Array("#!/bin/sh\necho \(folder)\n".utf8))
            try directory.open().openDirectory(name: Array(folder.utf8))
                .setPermissions(of: Array("program".utf8), mode)
        }
        // A folder of the name is no program.
        try directory.open().makeDirectory(name: Array("program".utf8), mode: 0o700)
        let path = ["", "/a", "/b", "/c"].map { directory.text + $0 }.joined(separator: ":")
        // Root may run nothing that no one may run either.
        #expect(text(try run("program", environment: ["PATH": path])) == "b\n")
    }

    @Test func filesOfThisProcessAreNotPassedOn() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.open()
        let result = try run("sh", "-c", "test -e /dev/fd/\(file.descriptor) || echo closed")
        #expect(text(result) == "closed\n")
        withExtendedLifetime(file) {}
    }
}

import FileHandles
import Foundation
import TestSupport
import Testing

/// Machine B in one line: a remote goes from one machine to another as a string.
struct RemoteTransferTests {
    private let place: S3Place
    private let a: Machine
    private let b: Machine

    init() throws {
        place = try S3Place(.standIn(.minio))
        (a, b) = (try Machine(place), try Machine(place))
        try a.addRemote(root: place.freshRoot("line"))
        for machine in [a, b] {
            try machine.tool.home.appending("passphrase").write(Array("open sesame\n".utf8))
        }
        try a.tool.source.appending("file").write(Array("from A".utf8))
        try a.summary("init")
        try a.summary("snapshot", "source")
    }

    private func export(_ options: String...) throws -> String {
        let run = try a.run(["remote", "export", "cloud"] + options)
        #expect(run.exitCode == 0, "\(run.error)")
        #expect(!run.text.contains(place.secretKey) && !run.error.contains(place.secretKey))
        return try #require(run.lines.first)
    }

    private func expectRestore() throws {
        try b.summary("restore", "latest", "--to", "back")
        #expect(try b.tool.home.appending("back/file").read() == Array("from A".utf8))
    }

    @Test func `with its secret sealed, one string and a passphrase are all that B needs`() throws {
        let text = try export("--with-secret", "--passphrase-file", "passphrase")
        let run = try b(
            "remote", "import", text, "--passphrase-file", "passphrase", "--default")
        #expect(run.exitCode == 0)
        #expect(!run.text.contains(place.secretKey))
        let configuration = b.tool.home.appending(".config/varve/config.json")
        #expect(try configuration.status().permissions == 0o600)
        try expectRestore()
    }

    @Test func `a wrong passphrase has an exit code of its own, and nothing is added`() throws {
        let text = try export("--with-secret", "--passphrase-file", "passphrase")
        try b.tool.home.appending("passphrase").write(Array("open sesam\n".utf8))
        let run = try b("remote", "import", text, "--passphrase-file", "passphrase")
        #expect(run.exitCode == 12)
        #expect(run.error.contains("cause: the passphrase is wrong\n"))
        #expect(try b("remote", "list").text == "")
    }

    @Test func `without its secret the string wants one on B`() throws {
        let text = try export()
        let bare = try b("remote", "import", text, "--name", "bare")
        #expect(bare.exitCode == 0)
        #expect(bare.error.contains("the string has no secret access key"))
        let half = try b("remote", "import", text, "--session-token", "x")
        #expect(half.exitCode == 64)
        try b.tool.home.appending("secret").write(Array("\(place.secretKey)\n".utf8))
        let run = try b(
            "remote", "import", text, "--secret-access-key-file", "secret", "--default")
        #expect(run.exitCode == 0)
        try expectRestore()
    }

    @Test func `a remote that is there is not replaced unasked`() throws {
        let text = try export()
        #expect(try b("remote", "import", text).exitCode == 0)
        #expect(try b("remote", "import", text).exitCode == 64)
        #expect(try b("remote", "import", text, "--replace").exitCode == 0)
        #expect(try b("remote", "import", text, "--name", "other").exitCode == 0)
        #expect(try b("remote", "import", text, "--name", "a/b").exitCode == 64)
    }

    @Test(arguments: [
        ["--secret-access-key-file", "secret"],
        ["--secret-access-key-command", "/bin/cat secret"],
        ["--secret-access-key-file", "secret", "--session-token", "NEVER/SHOWN", "--profile", "p"],
    ])
    func `secrets are sealed wherever they come from, and nobody sees them`(
        _ source: [String]
    ) throws {
        for machine in [a, b] {
            let file = machine.tool.home.appending("secret")
            try file.write(Array("\(place.secretKey)\n".utf8))
        }
        let settings = ["--endpoint", place.endpoint, "--bucket", place.bucket]
        let keys = ["--access-key-id", place.accessKey] + source
        let added = try a.run(["remote", "add", "other"] + settings + keys)
        #expect(added.exitCode == 0, "\(added.error)")
        var runs: [ToolRun] = []
        for form in ["--verbose", "--json"] {
            runs.append(try a("remote", "export", "other", form))
            let export = try a(
                "remote", "export", "other", "--with-secret", "--passphrase-file", "passphrase",
                form)
            let isJSON = form == "--json"
            let text = try #require(
                isJSON ? export.objects().last?["text"] as? String : export.lines.first)
            runs += [
                export,
                try b("remote", "import", text, "--passphrase-file", "secret", form),
                try b("remote", "import", text, "--passphrase-file", "passphrase", form),
                try b("remote", "show", "other", form), try b("remote", "remove", "other", form),
            ]
        }
        #expect(runs.map(\.exitCode) == [0, 0, 12, 0, 0, 0, 0, 0, 12, 0, 0, 0])
        for run in runs {
            for secret in [place.secretKey, "NEVER", "open sesame"] {
                #expect(!(run.text + run.error).contains(secret))
            }
        }
    }

    @Test func `on a terminal the passphrase is asked for, twice where it is new`() throws {
        var terminal = try Terminal()
        let exporting = try a.tool.start(
            ["remote", "export", "cloud", "--with-secret"], input: terminal.device,
            error: terminal.device)
        try terminal.answer("Passphrase: ", with: "open sesame")
        try terminal.answer("The same again: ", with: "open sesame")
        let exported = try exporting.wait()
        #expect(exported.exitCode == 0)
        try terminal.finish()
        #expect(!terminal.shown.contains("sesame"))
        terminal = try Terminal()
        let importing = try b.tool.start(
            ["remote", "import", try #require(exported.lines.first), "--default"],
            input: terminal.device, error: terminal.device)
        try terminal.answer("Passphrase: ", with: "open sesame")
        #expect(try importing.wait().exitCode == 0)
        try expectRestore()
    }

    @Test func `two passphrases that differ seal nothing`() throws {
        let terminal = try Terminal()
        let running = try a.tool.start(
            ["remote", "export", "cloud", "--with-secret"], input: terminal.device,
            error: terminal.device)
        try terminal.answer("Passphrase: ", with: "open sesame")
        try terminal.answer("The same again: ", with: "open sesami")
        let run = try running.wait()
        #expect(run.exitCode == 64)
        #expect(run.text == "")
        try terminal.finish()
        #expect(terminal.shown.contains("the two passphrases differ"))
    }

    @Test func `on a terminal the secret is asked for where the string has none`() throws {
        let terminal = try Terminal()
        let running = try b.tool.start(
            ["remote", "import", try export(), "--default"], input: terminal.device,
            error: terminal.device)
        try terminal.answer("Secret Access Key: ", with: place.secretKey)
        #expect(try running.wait().exitCode == 0)
        try terminal.finish()
        #expect(!terminal.shown.contains(place.secretKey))
        try expectRestore()
    }

    @Test func `the string may come from standard input, blanks around it do not matter`() throws {
        let text = try export("--with-secret", "--passphrase-file", "passphrase")
        let input = Pipe()
        try input.fileHandleForWriting.write(contentsOf: Data("  \(text) \n".utf8))
        try input.fileHandleForWriting.close()
        let run = try b.tool.start(
            ["remote", "import", "-", "--passphrase-file", "passphrase", "--default"],
            input: input.fileHandleForReading
        ).wait()
        #expect(run.exitCode == 0, "\(run.error)")
        try expectRestore()
    }

    @Test func `the passphrase may come through a pipe`() throws {
        let text = try export("--with-secret", "--passphrase-file", "passphrase")
        // As another system ends lines, with more lines behind.
        for (number, line) in ["open sesame\r\nmore\n", "open sesame"].enumerated() {
            let input = Pipe()
            try input.fileHandleForWriting.write(contentsOf: Data(line.utf8))
            try input.fileHandleForWriting.close()
            let run = try b.tool.start(
                [
                    "remote", "import", text, "--passphrase-file", "/dev/stdin", "--name",
                    "n\(number)",
                ], input: input.fileHandleForReading
            ).wait()
            #expect(run.exitCode == 0, "\(run.error)")
        }
    }

    @Test(arguments: ["", "\nopen sesame\n", String(repeating: "a", count: 5000)])
    func `a file without a passphrase in its first line is refused`(_ text: String) throws {
        try a.tool.home.appending("passphrase").write(Array(text.utf8))
        let run = try a(
            "remote", "export", "cloud", "--with-secret", "--passphrase-file", "passphrase")
        #expect(run.exitCode == 64)
        #expect(run.error.contains("passphrase has no passphrase in its first line"))
    }

    @Test func `keys of a profile are looked for where the remote goes`() throws {
        let settings = ["--endpoint", place.endpoint, "--bucket", place.bucket]
        let added = try a.run(["remote", "add", "p", "--profile", "work"] + settings)
        #expect(added.exitCode == 0)
        let exported = try a("remote", "export", "p")
        #expect(exported.error == "")
        #expect(try a("remote", "export", "p", "--with-secret").exitCode == 64)
        let run = try b("remote", "import", try #require(exported.lines.first))
        #expect(run.exitCode == 0)
        #expect(run.error.contains("the profile work of AWS's files on this machine"))
    }

    @Test func `what is no such string is told in one error`() throws {
        let text = try export()
        let cut = try b("remote", "import", String(text.dropLast(4)))
        #expect(cut.exitCode == 1)
        #expect(cut.error.contains("cause: the string is cut off or altered\n"))
        #expect(try b("remote", "import", "hello").exitCode == 64)
        #expect(try b("remote", "export", "nowhere").exitCode == 64)
        #expect(try a("remote", "export", "cloud", "--with-secret").exitCode == 64)
        #expect(
            try a("remote", "export", "cloud", "--passphrase-file", "passphrase").exitCode == 64)
        let missing = try a(
            "remote", "export", "cloud", "--with-secret", "--passphrase-file", "nowhere")
        #expect(missing.exitCode == 1)
    }

    @Test func `with JSON the string is a member of the last object`() throws {
        let summary = try a.summary("remote", "export", "cloud")
        #expect(summary["hasSecret"] as? Bool == false)
        let text = try #require(summary["text"] as? String)
        #expect(try b.summary("remote", "import", text)["remotes"] as? Int == 1)
    }
}

import Snapshotting
import TestSupport
import Testing

/// What git ignores stays out, wherever its rules are; what git keeps for itself is taken.
struct GitSelectionTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func git(_ folder: DiskPath, _ arguments: String...) throws -> String {
        let run = try Command(
            ["GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "git", "-C", folder.text]
                + arguments)
        try #require(run.exitCode == 0, "\(run.error)")
        return run.text
    }

    private func write(_ path: String, _ text: String) throws {
        try sandbox.source.fill(path)
        try sandbox.source.appending(path).write(Array(text.utf8))
    }

    /// The files that a snapshot takes, without those of git.
    private func taken(_ source: String? = nil) throws -> [String] {
        try sandbox.taken(SnapshotSelection(excluding: ".git", gitignore: true)) { settings in
            if let source { settings.sources = [sandbox.source.appending(source).bytes] }
        }.filter { !$0.hasSuffix("/") }
    }

    /// The files that git would add.
    private func untracked(_ folder: DiskPath) throws -> [String] {
        try git(folder, "ls-files", "--others", "--exclude-standard", "-z")
            .split(separator: "\0").map(String.init).sorted()
    }

    @Test func `nested files of rules decide as for git`() throws {
        _ = try git(sandbox.source, "init", "-q")
        try write(".gitignore", "*.o\n/build/\n!important.o\nlogs/**\n!logs/keep/\n")
        try write("deep/.gitignore", "!a.o\nlocal\n")
        try write(".git/info/exclude", "secret\n*.tmp\n")
        try sandbox.source.fill(
            "a.o", "important.o", "build/x", "deep/build/x", "deep/a.o", "deep/b.o", "deep/local",
            "local", "secret", "x.tmp", "deep/x.tmp", "logs/x", "logs/keep/x", "c")
        let files = try taken()
        #expect(files == (try untracked(sandbox.source)))
        #expect(files.contains("deep/a.o"))
        #expect(!files.contains("x.tmp"))
    }

    @Test func `a source within a work tree follows the rules above it`() throws {
        _ = try git(sandbox.source, "init", "-q")
        try write(".gitignore", "*.o\n/deep/down/x\n/down/y\n")
        try write("deep/.gitignore", "z\n")
        try write(".git/info/exclude", "secret\n")
        try sandbox.source.fill(
            "deep/down/x", "deep/down/y", "deep/down/z", "deep/down/a.o", "deep/down/secret")
        #expect(try taken("deep/down") == ["y"])
        #expect(try untracked(sandbox.source.appending("deep/down")) == ["y"])
    }

    @Test func `a work tree within has rules of its own`() throws {
        _ = try git(sandbox.source, "init", "-q")
        try sandbox.source.fill("inner/a.o", "inner/b.c", "inner/secret", "c.c")
        _ = try git(sandbox.source.appending("inner"), "init", "-q")
        try write(".gitignore", "*.o\n")
        try write("inner/.gitignore", "*.c\n")
        try write("inner/.git/info/exclude", "secret\n")
        #expect(try taken() == [".gitignore", "c.c", "inner/.gitignore", "inner/a.o"])
        #expect(
            try untracked(sandbox.source.appending("inner")).sorted() == [".gitignore", "a.o"])
    }

    @Test func `a further work tree has the rules of its repository`() throws {
        try sandbox.source.fill("first/a")
        let first = sandbox.source.appending("first")
        _ = try git(first, "init", "-q")
        _ = try git(first, "add", "a")
        _ = try git(
            first, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first")
        try write("first/.git/info/exclude", "secret\n")
        _ = try git(first, "worktree", "add", "-q", "../second")
        try sandbox.source.fill("second/secret", "second/b")
        #expect(try taken("second") == ["a", "b"])
        #expect(try untracked(sandbox.source.appending("second")) == ["b"])
    }

    @Test func `what git keeps for itself is taken, whatever the rules say`() throws {
        _ = try git(sandbox.source, "init", "-q")
        try write(".gitignore", "*\n")
        try write(".git/.gitignore", "HEAD\n")
        try sandbox.source.fill("a")
        let selection = try SnapshotSelection(excluding: "hooks", gitignore: true)
        let paths = try sandbox.taken(selection)
        #expect(paths.contains(".git/HEAD"))
        #expect(paths.contains(".git/info/exclude"))
        #expect(!paths.contains("a"))
        #expect(!paths.contains(".git/hooks/"))
    }

    @Test func `without a work tree the source is the top of the rules`() throws {
        try write(".gitignore", "/a\n")
        try write("deep/.gitignore", "b\n")
        try sandbox.source.fill("a", "b", "deep/a", "deep/b")
        #expect(try taken() == [".gitignore", "b", "deep/.gitignore", "deep/a"])
    }

    @Test func `options go before the rules of git`() throws {
        try write(".gitignore", ".env\n*.log\n")
        try sandbox.source.fill(".env", "a.log", "b")
        let selection = try SnapshotSelection(excluding: "!.env", "b", gitignore: true)
        #expect(try sandbox.taken(selection) == [".env", ".gitignore"])
    }

    @Test func `a link in the place of rules is none, as for git`() throws {
        _ = try git(sandbox.source, "init", "-q")
        try sandbox.source.fill("a", "rules")
        try write("rules", "a\n")
        try sandbox.source.appending(".gitignore").makeLink(to: Array("rules".utf8))
        #expect(try taken() == [".gitignore", "a", "rules"])
        try sandbox.source.appending(".gitignore").remove()
        try sandbox.source.fill(".gitignore/a")
        #expect(try taken() == [".gitignore/a", "a", "rules"])
    }

    @Test func `changed rules count although nothing else has changed`() throws {
        try write(".gitignore", "a\n")
        try sandbox.source.fill("a", "deep/a", "deep/b")
        #expect(try taken() == [".gitignore", "deep/b"])
        try write(".gitignore", "b\n")
        #expect(try taken() == [".gitignore", "a", "deep/a"])
        let plain = try sandbox.taken(SnapshotSelection())
        #expect(plain == [".gitignore", "a", "deep/", "deep/a", "deep/b"])
    }
}

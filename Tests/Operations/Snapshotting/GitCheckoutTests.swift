import Snapshotting
import TestSupport
import Testing

/// A git checkout as people have it: with submodules, rules in both, and built things lying about.
struct GitCheckoutTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func git(_ folder: DiskPath, _ arguments: String...) throws -> String {
        let run = try Command(
            [
                "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "git", "-c",
                "protocol.file.allow=always", "-c", "user.name=a", "-c", "user.email=a@b", "-C",
                folder.text,
            ] + arguments)
        try #require(run.exitCode == 0, "\(run.error)")
        return run.text
    }

    /// Makes a repository with a commit of its files.
    private func makeRepository(_ name: String, _ files: [String: String]) throws -> DiskPath {
        let folder = sandbox.source.appending(name)
        for (path, text) in files {
            try sandbox.source.fill("\(name)/\(path)")
            try folder.appending(path).write(Array(text.utf8))
        }
        _ = try git(folder, "init", "-q")
        _ = try git(folder, "add", "--all")
        _ = try git(folder, "commit", "-q", "-m", "first")
        return folder
    }

    /// All files that git knows or would add, in the checkout and its submodule.
    private func wanted(_ checkout: DiskPath) throws -> Set<String> {
        func names(_ folder: DiskPath, below prefix: String) throws -> [String] {
            try git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
                .split(separator: "\0").map { prefix + $0 }
        }
        // The outer checkout names the submodule as if it were a file.
        return Set(try names(checkout, below: ""))
            .subtracting(["parts/module"])
            .union(try names(checkout.appending("parts/module"), below: "parts/module/"))
    }

    private func makeCheckout() throws -> DiskPath {
        let module = try makeRepository(
            "module", [".gitignore": "*.cache\n/out/\n", "code.c": "code", "deep/x.h": "x"])
        let checkout = try makeRepository(
            "checkout", [".gitignore": "*.o\n/build\n!keep.o\n", "main.c": "main", "keep.o": "k"])
        _ = try git(checkout, "submodule", "--quiet", "add", module.text, "parts/module")
        _ = try git(checkout, "commit", "-q", "-m", "second")
        try sandbox.source.fill(
            "checkout/main.o", "checkout/build/x", "checkout/new.c", "checkout/secret",
            "checkout/parts/module/a.o", "checkout/parts/module/a.cache",
            "checkout/parts/module/out/x", "checkout/parts/module/deep/out",
            "checkout/parts/module/local", "checkout/parts/module/secret")
        try checkout.appending(".git/info/exclude").write(Array("secret\n".utf8))
        try checkout.appending(".git/modules/parts/module/info/exclude")
            .write(Array("local\n".utf8))
        return checkout
    }

    @Test func `what git ignores stays out, in submodules by their own rules`() throws {
        let checkout = try makeCheckout()
        let selection = try SnapshotSelection(excluding: "/.git", gitignore: true)
        let taken = try sandbox.taken(selection) { $0.sources = [checkout.bytes] }
            .filter { !$0.hasSuffix("/") && $0 != "parts/module/.git" }
        #expect(Set(taken) == (try wanted(checkout)))
        #expect(taken.contains("parts/module/secret"))
        #expect(!taken.contains("parts/module/local"))
        #expect(!taken.contains("parts/module/a.cache"))
    }

    @Test func `a checkout that comes back is one, with its submodule`() throws {
        let checkout = try makeCheckout()
        let run = try sandbox.snapshot { settings in
            settings.sources = [checkout.bytes]
            settings.selection.usesGitignore = true
        }
        // To the same place: a submodule names its folder by a relative path, but git keeps
        // absolute ones elsewhere.
        let before = try git(checkout, "log", "--all", "--format=%H")
        let back = try sandbox.restore(run.report.id).target
        #expect(try git(back, "log", "--all", "--format=%H") == before)
        #expect(try git(back, "fsck", "--strict") == "")
        #expect(try git(back, "submodule", "status").hasPrefix(" "))
        // Nothing that was committed is missing; what is new and wanted is there.
        let status = try git(back, "status", "--porcelain", "--ignore-submodules=none")
        let paths = status.split(separator: "\n").map { $0.dropFirst(3) }
        #expect(Set(paths) == ["parts/module", "new.c"])
        let module = back.appending("parts/module")
        #expect(try git(module, "status", "--porcelain").contains("?? secret"))
    }
}

import Foundation
import TestSupport
import Testing

/// The options of `snapshot` that leave something out.
struct SelectionCommandTests {
    private let tool: Tool

    init() throws {
        tool = try Tool()
        for name in ["folder", "cache"] { try tool.source.appending(name).makeDirectory() }
        for name in ["a.o", "b.c", "folder/a.o", "folder/d", "cache/x", "big"] {
            try tool.source.appending(name).write(Array(name.utf8))
        }
        try tool.source.appending("big").write([UInt8](repeating: 7, count: 5000))
        try tool.source.appending("cache/CACHEDIR.TAG").write(
            Array("Signature: 8a477f597d28d172789f06886806bc55".utf8))
    }

    /// Makes a snapshot, which must succeed, and lists the paths of its files.
    private func files(_ options: String...) throws -> [String] {
        let run = try tool.start(["snapshot", "source"] + options).wait()
        #expect(run.exitCode == 0, "\(run.error)")
        return try tool.json("ls", "latest", "--recursive").compactMap { object in
            object["type"] as? String == "file" ? object["path"] as? String : nil
        }
    }

    @Test func `everything is taken without options`() throws {
        #expect(
            try files() == [
                "a.o", "b.c", "big", "cache/CACHEDIR.TAG", "cache/x", "folder/a.o", "folder/d",
            ])
    }

    @Test func `patterns come from options and files, options last`() throws {
        let list = tool.home.appending("list")
        try list.write(Array("# objects\n*.o\nbig\r\n\n!b.c\n".utf8))
        #expect(
            try files("--exclude-from", list.text, "--exclude", "!a.o", "--exclude", "/folder/a.o")
                == ["a.o", "b.c", "cache/CACHEDIR.TAG", "cache/x", "folder/d"])
        #expect(try files("--exclude", "-x", "--exclude", "*") == [])
    }

    @Test func `marks, sizes and caches`() throws {
        #expect(
            try files(
                "--exclude-caches", "--exclude-larger-than", "4K", "--exclude-if-present", "d")
                == ["a.o", "b.c", "cache/CACHEDIR.TAG", "folder/d"])
    }

    @Test func `git's rules are asked when that is wanted`() throws {
        try tool.source.appending(".gitignore").write(Array("*.o\n/cache/\n".utf8))
        #expect(try files("--gitignore") == [".gitignore", "b.c", "big", "folder/d"])
        #expect(try files("--one-file-system").count == 8)
    }

    @Test func `a bad pattern is named with its position, and nothing is written`() throws {
        let run = try tool("snapshot", "source", "--exclude", "x", "--exclude", "ab[c")
        #expect(run.exitCode == 64)
        #expect(
            run.error == """
                error: cannot use the pattern "ab[c"
                cause: --exclude: the bracket is not closed, at byte 3
                try:   put a backslash before a sign that stands for itself; nothing was written

                """)
        let list = tool.home.appending("list")
        try list.write(Array("fine\n[[:none:]]\n".utf8))
        let other = try tool("snapshot", "source", "--exclude-from", list.text)
        #expect(other.exitCode == 64)
        #expect(other.error.contains("\(list.text), line 2: there is no class [:none:], at byte 2"))
        #expect(!tool.repository.exists)
    }

    @Test func `a list that cannot be read is an error, and nothing is written`() throws {
        let run = try tool("snapshot", "source", "--exclude-from", "missing")
        #expect(run.exitCode == 1)
        #expect(run.error.contains("error: cannot read \(tool.home.text)/missing\n"))
        #expect(!tool.repository.exists)
    }
}

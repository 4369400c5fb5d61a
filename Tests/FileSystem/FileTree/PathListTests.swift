import FileHandles
import FileTree
import TestSupport
import Testing

/// Lists of paths against a slow model.
struct PathListTests {
    private func list(
        _ bytes: [UInt8], _ separator: PathListBuilder.Separator = .lineFeed,
        root: String = "/home/ann"
    ) throws -> PathList {
        let pipe = try StreamPipe()
        pipe.feed(bytes)
        defer { pipe.join() }
        var builder = PathListBuilder(root: Array(root.utf8))
        try builder.read(
            ByteStream(pipe.output) { true }, separator, name: Array("list".utf8))
        return builder.finish()
    }

    private func list(_ text: String, root: String = "/home/ann") throws -> PathList {
        try list(Array(text.utf8), root: root)
    }

    /// What a walk over the list meets: folders with a slash behind, all that is taken as a whole
    /// with a star.
    private func walk(_ paths: ListedPaths, _ prefix: String = "") -> [String] {
        paths.flatMap { group -> [String] in
            let path = prefix + String(decoding: group.name, as: UTF8.self)
            return group.isListed ? [path + "*"] : [path + "/"] + walk(group.below, path + "/")
        }
    }

    private func walk(_ text: String, root: String = "/home/ann") throws -> [String] {
        walk(ListedPaths(try list(text, root: root)))
    }

    @Test func `names ascend in each folder, whatever the bytes beside a slash`() throws {
        #expect(
            try walk("b\na/z\na!\na/b/c\na\u{1}/x\na.b/y\n") == [
                "a/", "a/b/", "a/b/c*", "a/z*", "a\u{1}/", "a\u{1}/x*", "a!*", "a.b/", "a.b/y*",
                "b*",
            ])
    }

    @Test func `what lies below a listed path is not met on its own, nor twice`() throws {
        #expect(try walk("a/b\na\na/b/c\na\nab\n") == ["a*", "ab*"])
    }

    @Test func `paths are put below the root`() throws {
        #expect(
            try walk("./a\nb//c\nd/./e\n/home/ann/f\n../ann/g\nh/../i/\n./.j\nk/.l\n") == [
                ".j*", "a*", "b/", "b/c*", "d/", "d/e*", "f*", "g*", "i*", "k/", "k/.l*",
            ])
        #expect(try walk("/etc/x\ny", root: "/") == ["etc/", "etc/x*", "y*"])
    }

    @Test(arguments: [".", "/home/ann", "a/..", "./", "a/b/../../"])
    func `the root itself stands for everything`(path: String) throws {
        let list = try list("x/y\n\(path)\n")
        #expect(list.hasRoot)
        #expect(walk(ListedPaths(list)) == ["x/", "x/y*"])
        #expect(try !self.list("x").hasRoot)
    }

    @Test(arguments: ["..", "/home", "/home/annabel", "/", "a/../../ann2/x", "/etc/passwd"])
    func `what lies elsewhere is refused with its line`(path: String) throws {
        let error = #expect(throws: PathListError.self) { try list("a\n\n\(path)\nb") }
        #expect(error?.line == 3)
        #expect(error?.path == Array(path.utf8))
        #expect(error?.list == Array("list".utf8))
        #expect(error?.reason == "it does not lie in the current folder")
    }

    @Test func `a NUL in a line is refused, and separates where that is wanted`() throws {
        let error = #expect(throws: PathListError.self) { try list("a\nb\0c\n") }
        #expect(error?.line == 2)
        #expect(error?.reason.contains("--files-from0") == true)
        let names = walk(ListedPaths(try list(Array("b\nc\0\0a".utf8), .null)))
        #expect(names == ["a*", "b\nc*"])
    }

    @Test func `a path without an end is refused before it fills the memory`() throws {
        let pipe = try StreamPipe()
        // Goes on until nobody reads any more.
        pipe.run { pipe in
            let piece = [UInt8](repeating: 0x61, count: 100_000)
            while pipe.write(piece) {}
        }
        let error = #expect(throws: PathListError.self) {
            var builder = PathListBuilder(root: Array("/home".utf8))
            try builder.read(ByteStream(pipe.output) { true }, .lineFeed, name: [])
        }
        pipe.closeOutput()
        pipe.join()
        #expect(error?.line == 1)
        #expect(error?.path.count == 100)
    }

    @Test func `an empty list has nothing`() throws {
        for text in ["", "\n", "\n\n\n"] { #expect(try list(text).count == 0) }
    }

    @Test(arguments: seeds(count: 10))
    func `a walk over random paths is a walk over their set`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let paths = (0..<200).map { _ in
            (0...generator.number(in: 0...3)).map { _ in
                generator.pick(["a", "b", "a!", "a.", "ab", "-", "~"])
            }
        }
        let text = paths.map { $0.joined(separator: "/") }.joined(separator: "\n")
        // Without what is below another one, and with all folders above.
        let listed = Set(paths).filter { path in
            !(1..<path.count).contains { paths.contains(Array(path.prefix($0))) }
        }
        let folders = Set(
            listed.flatMap { path in (1..<path.count).map { Array(path.prefix($0)) } })
        let expected = (listed.map { ($0, "*") } + folders.map { ($0, "/") })
            .sorted { left, right in left.0.lexicographicallyPrecedes(right.0) }
            .map { $0.0.joined(separator: "/") + $0.1 }
        #expect(try walk(text) == expected)
        var below: [String] = []
        ListedPaths(try list(text)).forEachPath {
            below.append(String(decoding: $0, as: UTF8.self))
        }
        #expect(below.sorted() == paths.map { $0.joined(separator: "/") }.sorted())
    }
}

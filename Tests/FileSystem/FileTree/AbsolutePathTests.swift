import FileTree
import SnapshotModel
import TestSupport
import Testing

struct AbsolutePathTests {
    @Test(arguments: [
        ("/a/b", "/a/b"), ("b", "/home/user/b"), ("", "/home/user"), (".", "/home/user"),
        ("..", "/home"), ("../../../..", "/"), ("/", "/"), ("//a//b/", "/a/b"),
        ("./x/../y/.", "/home/user/y"), ("...", "/home/user/..."), ("/a/./../b", "/b"),
    ])
    func `is what the text means in its folder`(path: String, expected: String) {
        let result = AbsolutePath.make(Array(path.utf8), in: Array("/home/user".utf8))
        #expect(String(decoding: result, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("/a/b", "b"), ("/a/b/", "b"), ("b", "b"), ("/", ""), ("//", ""), ("", ""),
    ])
    func `has a last component`(path: String, expected: String) {
        #expect(AbsolutePath.lastComponent(Array(path.utf8)) == Array(expected.utf8))
    }

    @Test(arguments: seeds(count: 20))
    func `names with any bytes come out whole`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = generator.array(1...6) { $0.fileName().bytes }
        let path = names.flatMap { [UInt8(ascii: "/")] + $0 }
        #expect(AbsolutePath.make(path, in: Array("/elsewhere".utf8)) == path)
        #expect(AbsolutePath.make(Array(path.dropFirst()), in: Array("/".utf8)) == path)
        #expect(AbsolutePath.lastComponent(path) == names.last)
    }
}

import SnapshotModel
import Testing

struct TreePathTests {
    @Test(arguments: ["a", "a/b", "a/b/c", "...", ".a/b.", "ü/日本", "a b", "-"])
    func `a path has the names that it was made of`(text: String) throws {
        let path = try #require(TreePath(Array(text.utf8)))
        #expect(path.components == text.split(separator: "/").map { FileName(String($0)) })
        var joined: TreePath?
        for name in path.components {
            joined = TreePath(directory: joined?.bytes ?? [], name: name.bytes)
        }
        #expect(joined == path)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/..", "../a", "a/../b", "\0",
        "a/\0b",
    ])
    func `a path that leads elsewhere is none`(text: String) {
        #expect(TreePath(Array(text.utf8)) == nil)
    }

    @Test func `bytes that are not UTF-8 are escaped for messages only`() throws {
        let path = try #require(TreePath([0x61, 0x2F, 0xFF]))
        #expect(path.bytes == [0x61, 0x2F, 0xFF])
        #expect(path.display == "a/\\xff")
    }
}

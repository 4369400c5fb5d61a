import Selection
import TestSupport
import Testing

/// Globs of `find` are about names, or with a slash about paths.
struct PathPatternTests {
    private func matches(_ glob: String, _ path: String, isDirectory: Bool = false) throws -> Bool {
        var matcher = PathMatcher(try PathPattern(glob: Array(glob.utf8)))
        let bytes = Array(path.utf8)
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        return bytes.withUnsafeBytes {
            matcher.matches($0, nameStart: slash.map { $0 + 1 } ?? 0, isDirectory: isDirectory)
        }
    }

    @Test(arguments: [
        ("*.c", "a.c"), ("*.c", "x/y/a.c"), ("/*.c", "a.c"), ("src/*.c", "src/a.c"),
        ("src/**", "src/a/b"), ("**/src/*.c", "x/src/a.c"), ("src/**/a.c", "src/x/y/a.c"),
        ("!x", "!x"), ("[!a]", "b"), ("**", "x/y"),
    ])
    func `what is meant matches`(glob: String, path: String) throws {
        #expect(try matches(glob, path))
    }

    @Test(arguments: [
        ("*.c", "x.c/y"), ("/*.c", "x/a.c"), ("src/*.c", "src/x/a.c"), ("src/*.c", "x/src/a.c"),
        ("a", "A"), ("x", "!x"),
    ])
    func `and nothing else does`(glob: String, path: String) throws {
        #expect(try !matches(glob, path))
    }

    @Test func `a slash at the end asks for a folder`() throws {
        #expect(try matches("a/", "x/a", isDirectory: true))
        #expect(try !matches("a/", "x/a"))
    }

    @Test func `folders count for patterns about paths`() throws {
        #expect(try !PathPattern(glob: Array("*.c".utf8)).looksAtFolders)
        #expect(try !PathPattern(glob: Array("a/".utf8)).looksAtFolders)
        #expect(try PathPattern(glob: Array("/a".utf8)).looksAtFolders)
        #expect(try PathPattern(expression: Array("a".utf8)).looksAtFolders)
    }

    @Test(arguments: [
        ("", 1, "the pattern is empty"), ("/", 1, "the pattern is empty"),
        ("/a[b", 3, "the bracket is not closed"), ("![b", 2, "the bracket is not closed"),
    ])
    func `a bad glob is named with the place`(text: String, position: Int, reason: String) {
        let error = #expect(throws: PatternError.self) { try PathPattern(glob: Array(text.utf8)) }
        #expect(error?.pattern == Array(text.utf8))
        #expect(error?.position == position)
        #expect(error?.reason == reason)
    }
}

import Selection
import Testing

/// A pattern that could never match is refused, with the place where it goes wrong.
struct PatternErrorTests {
    @Test(arguments: [
        ("", 1, "the pattern is empty"), ("!", 1, "the pattern is empty"),
        ("/", 1, "the pattern is empty"), ("!/", 2, "the pattern is empty"),
        ("a[b", 2, "the bracket is not closed"), ("!a[b", 3, "the bracket is not closed"),
        ("/a[!]", 3, "the bracket is not closed"), ("[a\\", 1, "the bracket is not closed"),
        ("[a-\\", 1, "the bracket is not closed"), ("x[[:alpha:", 2, "the bracket is not closed"),
        ("a\\", 2, "nothing stands behind the backslash"),
        ("ab\\/", 3, "nothing stands behind the backslash"),
        ("a[[:vowel:]]", 3, "there is no class [:vowel:]"),
        ("[b[::]]", 3, "there is no class [::]"),
    ])
    func `the error names pattern and position`(text: String, position: Int, reason: String) {
        let error = #expect(throws: PatternError.self) {
            try SelectionPattern(Array(text.utf8), line: 1)
        }
        #expect(error?.pattern == Array(text.utf8))
        #expect(error?.position == position)
        #expect(error?.reason == reason)
    }

    @Test(arguments: ["a", "[]]", "[!]]", "[a-]", "[[:]", "[[:a]", "\\!", "\\ ", "a**b", "[z-a]"])
    func `what git takes is taken`(text: String) throws {
        let pattern = try SelectionPattern(Array(text.utf8), line: 7)
        #expect(pattern.text == Array(text.utf8))
        #expect(pattern.line == 7)
    }

    @Test func `signs say what a pattern is for`() throws {
        func pattern(_ text: String) throws -> SelectionPattern {
            try SelectionPattern(Array(text.utf8), line: 1)
        }
        #expect(try pattern("!a").isNegated)
        #expect(try !pattern("\\!a").isNegated)
        #expect(try pattern("a/").isForDirectories)
        #expect(try !pattern("a/b").isForDirectories)
        #expect(try pattern("/a").isAnchored)
        #expect(try pattern("a/b").isAnchored)
        #expect(try !pattern("a/").isAnchored)
    }
}

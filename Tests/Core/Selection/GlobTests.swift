import TestSupport
import Testing

@testable import Selection

/// The comparison, whatever way it takes, is the obvious one.
struct GlobTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        let glob = try Glob(Array(pattern.utf8))
        return Array(text.utf8).withUnsafeBytes(glob.matches)
    }

    @Test(arguments: seeds(count: 40))
    func `a pattern matches what trying everything finds`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var found = 0
        for _ in 0..<400 {
            let names = generator.array(2...3) { $0.shortName() }
            let pattern = generator.pattern(names: names)
            let text = generator.array(1...4) { $0.pick(names) }.joined(separator: [0x2F])
            guard let glob = try? Glob(pattern) else { continue }
            let tokens = try GlobParser.tokens(of: pattern)
            // Made to match at times: the pattern itself, which its literals and wildcards match.
            for text in [Array(text), pattern, Array(text) + pattern] {
                let expected = matchesByTrying(tokens[...], text[...])
                let isMatch = text.withUnsafeBytes(glob.matches)
                #expect(isMatch == expected, "\(pattern) \(text)")
                if expected { found += 1 }
                if expected, let ends = glob.lastBytes, let last = text.last {
                    #expect(ends.contains(last))
                }
            }
        }
        #expect(found > 50)
    }

    @Test(arguments: [
        ("name", "name"), ("*.o", "a.o"), ("*.o", ".o"), ("cache*", "cache"), ("a?c", "abc"),
        ("[a-c]x", "bx"), ("[!a-c]x", "dx"), ("[]x]", "]"), ("[^]]", "x"), ("a/**/b", "a/b"),
        ("a/**/b", "a/x/y/b"), ("**/b", "x/b"), ("**/b", "b"), ("a/**", "a/x/y"),
        ("*/c", "b/c"), ("a*b*c", "aXbYbc"), ("\\*", "*"), ("[[:digit:]]*", "1a"), ("**", "a/b"),
    ])
    func `usual patterns match what they mean`(pattern: String, text: String) throws {
        #expect(try matches(pattern, text))
    }

    @Test(arguments: [
        ("name", "names"), ("name", "nam"), ("*.o", "a.oo"), ("*.o", "a/b.o"), ("*.o", "o"),
        ("cache*", "cach"), ("cache*", "cache/x"), ("a?c", "a/c"), ("a[/]c", "a/c"),
        ("a[!x]c", "a/c"), ("a/**/b", "ab"), ("a/**/b", "a/xb"), ("**/b", "xb"), ("a/**", "a"),
        ("*/c", "a/b/c"), ("a*b*c", "aXbY"), ("\\*", "x"), ("[[:digit:]]", "a"), ("x**/b", "y/b"),
    ])
    func `and nothing else`(pattern: String, text: String) throws {
        #expect(try !matches(pattern, text))
    }

    @Test func `no pattern takes long`() throws {
        let pattern = String(repeating: "a*", count: 60) + "b"
        #expect(try !matches(pattern, String(repeating: "a", count: 4000)))
        let deep = String(repeating: "**/a*/", count: 30) + "b"
        #expect(try !matches(deep, String(repeating: "aa/", count: 1000) + "c"))
    }
}

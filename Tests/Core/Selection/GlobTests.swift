import TestSupport
import Testing

@testable import Selection

/// The comparison, whatever way it takes, is the obvious one.
struct GlobTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        let glob = try Glob(Array(pattern.utf8))
        return Array(text.utf8).withUnsafeBytes(glob.matches)
    }

    private func fits(_ ends: GlobEnds, _ text: [UInt8]) -> Bool {
        text.withUnsafeBytes { ends.fit(TextEnds($0)) }
    }

    @Test(arguments: [
        ("name", "name", true), ("name", "names", false), ("name", "nam", false),
        ("", "", true), ("*.o", "a.o", true), ("*.o", "o", false), ("*.o", "a.oo", false),
        ("cache*", "cache", true), ("cache*", "cach", false), ("a*b", "ab", true),
        ("a long name*", "a long name", true), ("a long name*", "a long nail", true),
        ("*a long name", "the long name", true), ("*a long name", "a long game", false),
        ("ab[cd]*", "abc", true), ("ab[cd]*", "ab", false), ("ab[cd]*", "abz", false),
        ("*[cd]ab", "b", false), ("a?c", "a", false), ("a?c", "axc", true), ("a?c", "axd", false),
        ("*.tab.[ch]", "x.tab.c", true), ("*.tab.[ch]", "x.tap.c", false), ("[!a]*", "a", true),
    ])
    func `the first and last bytes tell most names apart`(
        pattern: String, text: String, fits: Bool
    ) throws {
        let ends = GlobEnds(try GlobParser.tokens(of: Array(pattern.utf8)))
        #expect(self.fits(ends, Array(text.utf8)) == fits)
    }

    @Test(arguments: seeds(count: 20))
    func `the ends of two texts make those of both`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for first in 0...20 {
            for second in 0...20 {
                let (start, end) = (generator.bytes(first), generator.bytes(second))
                let ends = start.withUnsafeBytes { start in
                    end.withUnsafeBytes { TextEnds(start).followed(by: TextEnds($0)) }
                }
                let both = start + end
                #expect(ends == both.withUnsafeBytes { TextEnds($0) })
                #expect(ends.head == both.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
                let last = both.suffix(8)
                let tail = last.reversed().reduce(0) { $0 << 8 | UInt64($1) }
                #expect(ends.tail == tail << UInt64(8 * (8 - last.count)))
            }
        }
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
                if expected, let last = text.last { #expect(glob.canEnd(with: last)) }
                if expected { #expect(fits(glob.ends, text), "\(pattern) \(text)") }
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

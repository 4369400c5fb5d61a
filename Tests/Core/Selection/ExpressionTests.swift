import Foundation
import Selection
import TestSupport
import Testing

/// Regular expressions find what they mean, and take no longer than they may.
struct ExpressionTests {
    private func finds(_ expression: String, _ text: [UInt8]) throws -> Bool {
        var matcher = PathMatcher(try PathPattern(expression: Array(expression.utf8)))
        return text.withUnsafeBytes { matcher.matches($0, nameStart: 0, isDirectory: false) }
    }

    private func finds(_ expression: String, _ text: String) throws -> Bool {
        try finds(expression, Array(text.utf8))
    }

    @Test(arguments: [
        ("b", "abc"), ("^ab", "abc"), ("bc$", "abc"), ("^abc$", "abc"), ("", "abc"), ("^", "a"),
        ("a.c", "a/c"), ("a|x", "x"), ("^(ab|cd)+$", "abcdab"), ("^a*$", "aaa"), ("^a?b$", "b"),
        ("^a{2}$", "aa"), ("^a{2,}$", "aaaa"), ("^a{0,2}$", "a"), ("[a-c]x", "bx"),
        ("[^a-c]x", "dx"), ("[^/]+/[^/]+", "a/b"), ("^[/]$", "/"), ("[!a]", "!"), ("\\.o$", "a.o"),
        ("^\\d{4}-\\d\\d$", "2026-11"), ("^\\w+$", "a_1"), ("^\\W$", "-"), ("^\\D$", "x"),
        ("\\s", "a b"), ("^\\S$", "a"), ("[[:upper:]]", "aB"), ("[]]", "]"), ("[\\]]", "]"),
        ("[\\d.]", "."), ("[a-]", "-"), ("\\x41", "A"), ("^a\\tb$", "a\tb"), ("\\n", "\n"),
        ("\\r", "\r"), ("(^|/)name($|/)", "a/name/b"), ("(^|/)name($|/)", "name"), ("a||b", "x"),
        ("()", "x"), ("(a*)*b", "b"), ("[\\x61-\\x63]", "b"), ("$", "a"),
    ])
    func `usual expressions find what they mean`(expression: String, text: String) throws {
        #expect(try finds(expression, text))
    }

    @Test(arguments: [
        ("b", "ac"), ("^b", "ab"), ("b$", "bc"), ("^a.c$", "ac"), ("^(ab|cd)+$", "abc"),
        ("^a{2}$", "aaa"), ("^a{2,}$", "a"), ("^a{0,2}$", "aaa"), ("[a-c]", "d"), ("[^a]", "a"),
        ("\\.o", "ao"), ("^\\w+$", "a-b"), ("a^b", "ab"), ("a$b", "ab"), ("^a{0}$", "a"),
        ("[b-a]", "a"), ("[[:digit:]]", "x"), ("^$", "a"),
    ])
    func `and nothing else`(expression: String, text: String) throws {
        #expect(try !finds(expression, text))
    }

    @Test func `bytes that are no UTF-8 are bytes as all others`() throws {
        #expect(try finds("^a.b$", [0x61, 0xFF, 0x62]))
        #expect(try finds("\\xff", [0x61, 0xFF]))
        #expect(try finds("[^a]", [0xC3]))
        #expect(try finds("^ä.$", "äx"))
        #expect(try !finds("^.$", "ä"))
    }

    @Test(arguments: [
        ("(a", 1, "the group is not closed"), ("a)b", 2, "there is no group to close"),
        ("a[b", 2, "the bracket is not closed"), ("[a\\", 3, "nothing stands behind the backslash"),
        ("*a", 1, "there is nothing to repeat"), ("a|+", 3, "there is nothing to repeat"),
        ("(?i)a", 1, "groups that begin with (? are not known"),
        ("a+?", 3, "one repetition stands right behind another"),
        ("a{x}", 2, "a number must stand behind the brace"),
        ("a{1", 2, "the brace is not closed"), ("a{3,2}", 2, "the larger number comes first"),
        ("a{1001}", 2, "more than 1000 repetitions"),
        ("ab\\", 3, "nothing stands behind the backslash"),
        ("\\1", 1, "\\1 means nothing here"), ("a\\b", 2, "\\b means nothing here"),
        ("\\xg1", 1, "two hexadecimal digits must stand behind \\x"),
        ("\\x+1", 1, "two hexadecimal digits must stand behind \\x"),
        ("[[:vowel:]]", 2, "there is no class [:vowel:]"),
        ("[a-\\d]", 1, "a range needs a byte at its end"),
        ("(a{100}){100}", 3, "the expression is too large from here on"),
    ])
    func `the error names expression and position`(text: String, position: Int, reason: String) {
        let error = #expect(throws: PatternError.self) {
            try PathPattern(expression: Array(text.utf8))
        }
        #expect(error?.pattern == Array(text.utf8))
        #expect(error?.position == position)
        #expect(error?.reason == reason)
    }

    @Test func `what would take too much is refused`() {
        func isRefused(_ text: String) -> Bool {
            do {
                _ = try PathPattern(expression: Array(text.utf8))
                return false
            } catch {
                return true
            }
        }
        #expect(isRefused(String(repeating: "(", count: 100_000)))
        #expect(isRefused(String(repeating: "(", count: 101) + String(repeating: ")", count: 101)))
        #expect(!isRefused(String(repeating: "(", count: 99) + String(repeating: ")", count: 99)))
        #expect(isRefused("((((){1000}){1000}){1000}){1000}"))
        #expect(isRefused(String(repeating: "a", count: 5000)))
        #expect(!isRefused(String(repeating: "a", count: 4000)))
    }

    @Test(arguments: [
        "(a*)*b", "(a|aa)+$b", "(a|a)*b", "(.*a){30}b", "(a?){50}a{50}b", "^(([a-z])+.)+[A-Z]$",
    ])
    func `no text takes long`(expression: String) throws {
        #expect(try !finds(expression, String(repeating: "a", count: 20_000)))
    }

    @Test func `more sets of states than are kept give the same answers`() throws {
        var generator = SeededGenerator(seed: 3)
        let pattern = try PathPattern(expression: Array("a.{12}$".utf8))
        var matcher = PathMatcher(pattern)
        for _ in 0..<40 {
            let text = generator.array(13...2000) { $0.oneIn(2) ? UInt8(0x61) : 0x62 }
            let isFound = text.withUnsafeBytes {
                matcher.matches($0, nameStart: 0, isDirectory: false)
            }
            #expect(isFound == (text[text.count - 13] == 0x61))
        }
    }
}

/// The same, as Python's expressions over bytes see it.
struct ExpressionOracleTests {
    private struct Case: Codable {
        let expression: [UInt8]
        let texts: [[UInt8]]
    }

    private static let script = """
        import json, re, sys
        for case in json.load(sys.stdin):
            found = re.compile(bytes(case["expression"]), re.DOTALL)
            print(json.dumps([bool(found.search(bytes(text))) for text in case["texts"]]))
        """

    private static func piece(_ generator: inout SeededGenerator, depth: Int) -> String {
        switch generator.number(in: 0...11) {
        case 0 where depth > 0, 1 where depth > 0:
            return "(" + expression(&generator, depth: depth - 1) + ")"
        case 2: return "."
        case 3: return generator.pick(["[ab]", "[^a]", "[^b/]", "[]a]", "[a-c]", "[\\d/]", "[b-]"])
        case 4: return generator.pick(["\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\.", "\\x62"])
        default: return generator.pick(["a", "b", "c", "/", "1"])
        }
    }

    private static func expression(_ generator: inout SeededGenerator, depth: Int = 3) -> String {
        let choices = generator.array(1...(depth > 1 ? 3 : 1)) { generator in
            generator.array(0...4) { generator -> String in
                if generator.oneIn(12) { return generator.pick(["^", "$"]) }
                let repetitions = ["*", "+", "?", "{2}", "{1,3}", "{2,}", "{0}", "{0,1}"]
                return piece(&generator, depth: depth)
                    + (generator.oneIn(3) ? generator.pick(repetitions) : "")
            }.joined()
        }
        return choices.joined(separator: "|")
    }

    @Test(arguments: seeds(count: 6))
    func `random expressions find what Python finds`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let cases = (0..<400).map { _ in
            Case(
                expression: Array(Self.expression(&generator).utf8),
                texts: generator.array(8...8) { generator in
                    generator.array(1...9) { $0.pick(Array("aabbc/1. ".utf8) + [0xFF]) }
                })
        }
        let input = Array(try JSONEncoder().encode(cases))
        let run = try Command(["python3", "-W", "ignore", "-c", Self.script], input: input)
        let lines = run.text.split(separator: "\n")
        #expect(lines.count == cases.count, "\(run.error)")
        var found = 0
        for (line, one) in zip(lines, cases) {
            let expected = try JSONDecoder().decode([Bool].self, from: Data(line.utf8))
            var matcher = PathMatcher(try PathPattern(expression: one.expression))
            for (text, isExpected) in zip(one.texts, expected) {
                let isFound = text.withUnsafeBytes {
                    matcher.matches($0, nameStart: 0, isDirectory: false)
                }
                #expect(
                    isFound == isExpected,
                    "\(String(decoding: one.expression, as: UTF8.self)) in \(text)")
                if isFound { found += 1 }
            }
        }
        #expect(found > 200 && found < 3000)
    }
}

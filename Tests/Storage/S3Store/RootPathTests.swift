import Testing

@testable import S3Store

/// The folder within the bucket.
struct RootPathTests {
    @Test(arguments: [
        ("", ""), ("/", ""), ("///", ""), ("varve", "varve"), ("/varve/", "varve"),
        ("//a/b//", "a/b"), ("my photos/2026", "my photos/2026"), (" a ", " a "),
        ("\u{E9}t\u{E9}/\u{5199}\u{771F}/\u{1F600}", "\u{E9}t\u{E9}/\u{5199}\u{771F}/\u{1F600}"),
        ("a+b%20&<>\"'", "a+b%20&<>\"'"), ("...", "..."), (".hidden/..x", ".hidden/..x"),
    ])
    func `slashes at the ends do not matter, and all else stays`(
        _ text: String, _ path: String
    ) throws {
        let root = try RootPath(text)
        #expect(Array(root.description.utf8) == Array(path.utf8))
        #expect(root.prefix == (path.isEmpty ? "" : path + "/"))
    }

    @Test func `both ways to write an accent are kept apart`() throws {
        let composed = try RootPath("\u{E9}").prefix
        let decomposed = try RootPath("e\u{301}").prefix
        #expect(Array(composed.utf8) != Array(decomposed.utf8))
    }

    @Test(arguments: [
        ("a//b", "slashes"), ("a///b", "slashes"), (".", "component"), ("..", "component"),
        ("a/../b", "component"), ("./a", "component"), ("a/.", "component"), ("../..", "component"),
        ("a\nb", "control"), ("a\r\nb", "control"), ("\u{0}", "control"), ("a\u{7F}", "control"),
        ("a\u{9B}31m", "control"), ("a\u{85}b", "control"), ("a\\b", "backslash"),
        // An accent makes one character of itself and the slash before it.
        ("a//\u{301}b", "slashes"), ("../\u{301}", "component"), ("a/\u{301}/..", "component"),
    ])
    func `what stores cannot keep is refused`(_ text: String, _ word: String) throws {
        let error = #expect(throws: S3SettingsError.self) { try RootPath(text) }
        let found = try #require(error)
        #expect(found.setting == "root path")
        #expect(found.cause.contains(word), "\(found.cause)")
        #expect(!found.remedy.isEmpty)
        let scalars = found.cause.unicodeScalars
        #expect(!scalars.contains { $0.properties.generalCategory == .control })
    }

    @Test func `an accent behind a slash at the beginning leaves no slash there`() throws {
        #expect(Array(try RootPath("/\u{301}x").prefix.utf8) == [0xCC, 0x81, 0x78, 0x2F])
    }

    @Test func `components have up to 255 bytes, paths up to 599`() throws {
        let longest = String(repeating: "a", count: 255)
        let rest = String(repeating: "b", count: 599 - 2 * 256)
        #expect(try RootPath("\(longest)/\(longest)/\(rest)").description.utf8.count == 599)
        for text in [longest + "a", "\(longest)/\(longest)/\(rest)b"] {
            #expect(throws: S3SettingsError.self) { try RootPath(text) }
        }
        // Bytes, not characters.
        #expect(throws: S3SettingsError.self) {
            try RootPath(String(repeating: "\u{E9}", count: 128))
        }
    }
}

import Selection
import Testing

/// Which patterns count where, and which one goes first.
struct SelectionWalkTests {
    private func list(_ text: String, _ name: String = ".gitignore") -> PatternList {
        PatternList(gitignore: Array(text.utf8), path: Array(name.utf8))
    }

    private func options(_ texts: String...) throws -> [PatternList] {
        let patterns = try texts.enumerated().map { number, text in
            try SelectionPattern(Array(text.utf8), line: number + 1)
        }
        return [PatternList(patterns, origin: .options)]
    }

    private func isOut(
        _ walk: inout SelectionWalk, _ name: String, isDirectory: Bool = false
    ) -> Bool {
        walk.match(name, isDirectory: isDirectory)?.isExcluded == true
    }

    @Test func `the last pattern that matches decides`() throws {
        var walk = SelectionWalk(options: try options("*.o", "!keep.o", "keep.*x"))
        #expect(isOut(&walk, "a.o"))
        #expect(!isOut(&walk, "keep.o"))
        #expect(isOut(&walk, "keep.ox"))
        #expect(walk.match("keep.o")?.pattern.line == 2)
        #expect(walk.match("other") == nil)
    }

    @Test func `patterns with a slash count from their folder on`() throws {
        var walk = SelectionWalk(options: try options("/top", "a/b"))
        #expect(isOut(&walk, "top"))
        #expect(!isOut(&walk, "b"))
        walk.enter(Array("a".utf8))
        #expect(!isOut(&walk, "top"))
        #expect(isOut(&walk, "b"))
        walk.leave()
        #expect(isOut(&walk, "top"))
    }

    @Test func `options go before files, and deep files before high ones`() throws {
        var walk = SelectionWalk(options: try options("!.env"))
        walk.add(list(".env\n*.log\n!kept.log\n"))
        #expect(!isOut(&walk, ".env"))
        #expect(!isOut(&walk, "kept.log"))
        walk.enter(Array("deep".utf8))
        walk.add(list("kept.log\n!a.log\n"))
        #expect(isOut(&walk, "kept.log"))
        #expect(!isOut(&walk, "a.log"))
        #expect(isOut(&walk, "b.log"))
        walk.leave()
        #expect(isOut(&walk, "a.log"))
    }

    @Test func `of several lists of options the last one goes first`() throws {
        var walk = SelectionWalk(options: [list("*.o\n*.a\n", "list")] + (try options("!b.o")))
        #expect(isOut(&walk, "a.o"))
        #expect(isOut(&walk, "b.a"))
        #expect(!isOut(&walk, "b.o"))
        #expect(walk.match("a.o")?.origin == .file(Array("list".utf8)))
        #expect(walk.match("b.o")?.origin == .options)
    }

    @Test func `what git keeps for itself is for options only`() throws {
        var walk = SelectionWalk(options: [])
        walk.add(list("*\n"))
        #expect(!isOut(&walk, ".git", isDirectory: true))
        #expect(isOut(&walk, ".github", isDirectory: true))
        walk = SelectionWalk(options: try options(".git"))
        #expect(isOut(&walk, ".git", isDirectory: true))
    }

    @Test func `a folder that is shut knows no rule from above but options`() throws {
        var walk = SelectionWalk(options: try options("*.tmp"))
        walk.add(list("*.log\n"))
        walk.enter(Array("nested".utf8))
        walk.shut()
        walk.add(list("*.o\n"))
        #expect(!isOut(&walk, "a.log"))
        #expect(isOut(&walk, "a.tmp"))
        #expect(isOut(&walk, "a.o"))
        walk.enter(Array("deeper".utf8))
        #expect(!isOut(&walk, "a.log"))
        walk.leave()
        walk.leave()
        #expect(isOut(&walk, "a.log"))
        #expect(!isOut(&walk, "a.o"))
    }

    @Test func `rules above the source count from their own folder, options from the source`()
        throws
    {
        var walk = SelectionWalk(options: try options("/x"))
        walk.add(list("/project/src/y\n/x\n"))
        walk.enter(Array("project".utf8))
        walk.enter(Array("src".utf8))
        walk.beginOptions()
        #expect(isOut(&walk, "x"))
        #expect(isOut(&walk, "y"))
        walk.enter(Array("deeper".utf8))
        #expect(!isOut(&walk, "x"))
        #expect(!isOut(&walk, "y"))
    }

    @Test func `directories only means directories only`() throws {
        var walk = SelectionWalk(options: try options("build/"))
        #expect(isOut(&walk, "build", isDirectory: true))
        #expect(!isOut(&walk, "build"))
    }
}

extension SelectionWalk {
    fileprivate mutating func match(_ name: String, isDirectory: Bool = false) -> PatternMatch? {
        Array(name.utf8).withUnsafeBytes { match($0, isDirectory: isDirectory) }
    }
}

import Testing

/// Small files, short functions, narrow lines.
struct SizeTests {
    @Test func `files have at most 500 lines`() {
        for file in SourceTree.all where file.lines.count > 500 {
            Issue.record("\(file) has \(file.lines.count) lines")
        }
    }

    @Test func `lines have at most 100 columns`() {
        for file in SourceTree.all {
            for (number, line) in file.lines.enumerated() where line.count > 100 {
                Issue.record("\(file):\(number + 1) has \(line.count) columns")
            }
        }
    }

    @Test func `functions have at most 60 lines`() {
        for file in SourceTree.all {
            for function in file.functionLengths where function.count > 60 {
                Issue.record("\(file):\(function.line): a function of \(function.count) lines")
            }
        }
    }

    @Test func `there are at least as many lines of tests as of sources`() {
        let sources = SourceTree.sources.reduce(0) { $0 + $1.lines.count }
        let tests = SourceTree.tests.reduce(0) { $0 + $1.lines.count }
        #expect(tests >= sources)
    }

    @Test func `between 5 and 35 percent of the lines of sources are comments`() {
        let all = SourceTree.sources.reduce(0) { $0 + $1.lines.count }
        let comments = SourceTree.sources.reduce(0) { $0 + $1.commentCount }
        #expect((5...35).contains(100 * comments / all))
    }

    @Test func `functions are measured from their name to their last brace`() {
        let text = """
            protocol P {
                func requirement(
                    a: Int
                )
                init()
            }
            struct S {
                init(a: Int) { self.a = a }
                package static func f(
                    body: () -> Void = { print() },
                    other: Int
                ) {
                    if other == 1 {
                        body()
                    }
                }
                deinit {
                }
            }
            """
        let expected = [
            FunctionLength(line: 8, count: 1), FunctionLength(line: 9, count: 8),
            FunctionLength(line: 17, count: 2),
        ]
        #expect(SourceFile(path: "x.swift", text: text).functionLengths == expected)
    }
}

import HTTPTransport
import TestSupport
import Testing

/// Lines of any kind make a head or none.
struct AnswerHeadTests {
    private func head(_ lines: String...) -> AnswerHead {
        var head = AnswerHead()
        for line in lines {
            let isTaken = Array(line.utf8).withUnsafeBytes { head.append($0) }
            #expect(isTaken)
        }
        return head
    }

    @Test func aHeadIsCompleteWithItsEmptyLine() {
        #expect(!head("HTTP/1.1 200 OK\r\n").isComplete)
        #expect(!head("HTTP/1.1 200 OK\r\n", "A: b\r\n").isComplete)
        let whole = head("HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n")
        #expect(whole.isComplete)
        #expect(whole.status == 200)
        #expect(whole.fields.all == [.init(name: "A", value: "b")])
    }

    @Test(arguments: ["\r\n", "\n", ""])
    func linesEndAsTheyLike(_ end: String) {
        let whole = head("HTTP/1.0 404" + end, "A:b" + end, end)
        #expect(whole.isComplete)
        #expect(whole.status == 404)
        #expect(whole.fields["a"] == "b")
    }

    @Test(arguments: [
        ("A: b", "b"), ("A:b", "b"), ("A:\t b c \t", "b c"), ("A:", ""), ("A:  ", ""),
        ("A: b: c", "b: c"), ("A: \u{FC}", "\u{FC}"),
    ])
    func valuesStandWithoutTheBlanksAround(_ line: String, _ value: String) {
        #expect(head("HTTP/1.1 200 OK", line, "").fields["A"] == value)
    }

    @Test func aFoldedFieldIsJoined() {
        #expect(head("HTTP/1.1 200 OK", "A: b", " \tc", "").fields["A"] == "b c")
        #expect(head("HTTP/1.1 200 OK", " lost", "").fields.all.isEmpty)
    }

    @Test func interimHeadsAndTrailersDoNotCount() {
        let whole = head(
            "HTTP/1.1 100 Continue", "A: 1", "", "HTTP/1.1 200 OK", "B: 2", "", "C: 3", "")
        #expect(whole.fields.all == [.init(name: "B", value: "2")])
        #expect(!head("HTTP/1.1 103 Early Hints", "A: 1", "").isComplete)
    }

    @Test(arguments: ["HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 x", "HTTP/1.1 -20", "HTTP/1.1 1"])
    func aHeadWithoutAStatusIsNeverComplete(_ line: String) {
        #expect(!head(line, "").isComplete)
    }

    @Test func aHeadThatNeverEndsIsRefused() {
        var head = AnswerHead()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1000)
        let taken = (0..<300).map { _ in line.withUnsafeBytes { head.append($0) } }
        #expect(taken.firstIndex(of: false) == AnswerHead.sizeLimitInBytes / 1000)
    }

    @Test(arguments: seeds(count: 50))
    func anyBytesMakeAHeadOrNone(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var head = AnswerHead()
        let lines = ["HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n", " c\r\n", ":\r\n", ": \r\n"]
        for _ in 0..<20 {
            let line = Array(generator.pick(lines).utf8)
            let bytes = generator.oneIn(2) ? line : generator.damaged(line)
            let isTaken = bytes.withUnsafeBytes { head.append($0) }
            #expect(isTaken)
            #expect(!head.isComplete || head.status >= 200)
        }
    }
}

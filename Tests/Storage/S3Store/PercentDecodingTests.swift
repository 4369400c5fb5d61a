import RequestSigning
import TestSupport
import Testing

@testable import S3Store

/// Undoing percent-encoding.
struct PercentDecodingTests {
    private func decode(_ text: String, plusIsSpace: Bool = false) -> String {
        String(decoding: PercentDecoding.bytes(of: text, plusIsSpace: plusIsSpace), as: UTF8.self)
    }

    @Test(arguments: [
        ("", ""), ("abc", "abc"), ("a%20b", "a b"), ("%C3%A9%c3%a9", "\u{E9}\u{E9}"),
        ("%2B+%2b", "+++"), ("%25%2520", "%%20"), ("%", "%"), ("%2", "%2"), ("a%", "a%"),
        ("%zz", "%zz"), ("%2g%g2", "%2g%g2"), ("%%20", "% "), ("%+1%-1", "%+1%-1"),
        ("%\u{E9}1", "%\u{E9}1"), ("%0P%@@%``", "%0P%@@%``"),
    ])
    func `two digits of either case stand for a byte, and all else for itself`(
        _ text: String, _ decoded: String
    ) {
        #expect(decode(text) == decoded)
    }

    @Test func `a plus is a space where that is said`() {
        #expect(decode("a+b%2Bc%20d", plusIsSpace: true) == "a b+c d")
        #expect(decode("a+b%2Bc%20d") == "a+b+c d")
    }

    @Test(arguments: seeds(count: 8))
    func `what was encoded comes back`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = generator.array(0...40) { UInt8(truncatingIfNeeded: $0.next()) }
            #expect(PercentDecoding.bytes(of: PercentEncoding.query(bytes)) == bytes)
            let path = PercentEncoding.path(bytes).lowercased()
            #expect(PercentDecoding.bytes(of: path).count == bytes.count)
        }
    }
}

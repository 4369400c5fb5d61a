import TestSupport
import Testing

@testable import S3Store

/// The value of `Content-Range`.
struct ContentRangeTests {
    @Test(
        arguments: [
            ("bytes 0-9/100", 0, 9, 100), ("Bytes 5-5/6", 5, 5, 6),
            (
                "bytes 0-18446744073709551613/18446744073709551614", 0, UInt64.max - 2,
                UInt64.max - 1
            ),
        ] as [(String, UInt64, UInt64, UInt64)])
    func `both ends and the total are read`(
        _ text: String, _ first: UInt64, _ last: UInt64, _ total: UInt64
    ) throws {
        let range = try #require(ContentRange(text))
        #expect(range == ContentRange(first: first, last: last, total: total))
        #expect(range.length == last - first + 1)
        #expect(ContentRange("\(range)") == range)
    }

    @Test(arguments: [
        "", "bytes", "bytes ", "bytes */100", "bytes 0-9/*", "bytes 0-9", "bytes 9-0/100",
        "bytes 0-100/100", "bytes 0-9/0", "bytes=0-9/100", "bytes -9/100", "bytes 0-/100",
        "bytes 0-9/100/1", "bytes 0-9-10/100", "items 0-9/100", "bytes a-b/c",
        "bytes 0-9/18446744073709551616", "bytes \u{301}0-9/100",
    ])
    func `nothing else is taken`(_ text: String) {
        #expect(ContentRange(text) == nil)
    }
}

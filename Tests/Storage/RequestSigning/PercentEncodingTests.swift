import RequestSigning
import TestSupport
import Testing

struct PercentEncodingTests {
    private static let unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

    @Test func onlyUnreservedCharactersStayBare() {
        let bare = Set(Self.unreserved.utf8)
        for byte in UInt8.min...UInt8.max {
            let encoded = PercentEncoding.query([byte])
            if bare.contains(byte) {
                #expect(Array(encoded.utf8) == [byte])
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                #expect(encoded == "%" + (digits.count == 1 ? "0" : "") + digits)
            }
            let isSlash = byte == UInt8(ascii: "/")
            #expect(PercentEncoding.path([byte]) == (isSlash ? "/" : encoded))
        }
    }

    @Test func pathsAreNotNormalised() {
        #expect(PercentEncoding.path("/a//b/./../%2F+ é/".utf8) == "/a//b/./../%252F%2B%20%C3%A9/")
    }

    /// An accented letter and a letter with an accent behind it are different names.
    @Test func normalFormsStayAsTheyAre() {
        #expect(PercentEncoding.path("\u{E9}".utf8) == "%C3%A9")
        #expect(PercentEncoding.path("e\u{301}".utf8) == "e%CC%81")
    }

    @Test func bytesThatAreNoTextAreEncodedToo() {
        #expect(PercentEncoding.path([0xFF, 0x00, 0x2F, 0xC3]) == "%FF%00/%C3")
    }

    @Test func queriesAreSortedAsEncodedByNameThenValue() {
        // By bytes as encoded, `%` comes before letters; by characters, the order would differ.
        let items = [
            ("b", "2"), ("a-", "0"), ("ሴ", "x"), ("a", "2"), ("a", "10"), ("B", ""), ("a", ""),
        ]
        let query = PercentEncoding.canonicalQuery(items.map { (name: $0.0, value: $0.1) })
        #expect(query == "%E1%88%B4=x&B=&a=&a=10&a=2&a-=0&b=2")
    }

    @Test func slashesPlusesAndSpacesOfQueriesAreEncoded() {
        let query = PercentEncoding.canonicalQuery([("prefix", "a b/+~="), ("uploads", "")])
        #expect(query == "prefix=a%20b%2F%2B~%3D&uploads=")
    }

    @Test(arguments: [
        ("", ""), ("delete", "delete="), ("b=2&a=1", "a=1&b=2"), ("b&a=&a=%20", "a=&a=%20&b="),
        ("a-=1&a=2", "a=2&a-=1"), ("a=b=c", "a=b=c"), ("a&&", "=&=&a="),
    ])
    func encodedQueriesAreSortedAndNotEncodedAgain(query: String, canonical: String) {
        #expect(PercentEncoding.canonicalQuery(encoded: query) == canonical)
    }

    @Test(arguments: seeds(count: 8))
    func aCanonicalQueryIsCanonicalAlready(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let items = generator.array(0...12) { (name: $0.string(), value: $0.string()) }
        let query = PercentEncoding.canonicalQuery(items)
        #expect(PercentEncoding.canonicalQuery(encoded: query) == query)
        #expect(PercentEncoding.canonicalQuery(items.reversed()) == query)
    }
}

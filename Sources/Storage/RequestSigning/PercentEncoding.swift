/// Percent encoding as signatures want it: upper-case digits, and nothing bare but the unreserved
/// characters of RFC 3986 section 2.3. What is signed and what is sent are the same text.
package enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// A path: slashes stay, and nothing is removed, dot segments and double slashes included.
    package static func path(_ bytes: some Sequence<UInt8>) -> String {
        encode(bytes, keepsSlashes: true)
    }

    /// A name or a value of a query.
    package static func query(_ bytes: some Sequence<UInt8>) -> String {
        encode(bytes, keepsSlashes: false)
    }

    /// A whole query: by name, then by value, both compared as encoded.
    ///
    /// A value may be empty; its equals sign stands nevertheless.
    package static func canonicalQuery(_ items: [(name: String, value: String)]) -> String {
        joined(items.map { (query($0.name.utf8), query($0.value.utf8)) })
    }

    /// Sorts a query that is encoded already, and gives each name without a value its equals sign.
    package static func canonicalQuery(encoded text: String) -> String {
        if text.isEmpty { return "" }
        let items = text.split(separator: "&", omittingEmptySubsequences: false).map { item in
            let end = item.firstIndex(of: "=") ?? item.endIndex
            return (String(item[..<end]), String(item[end...].dropFirst()))
        }
        return joined(items)
    }

    private static func joined(_ items: [(name: String, value: String)]) -> String {
        // Sorting the joined texts would put `a-=` before `a=`.
        let sorted = items.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        return sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private static func encode(_ bytes: some Sequence<UInt8>, keepsSlashes: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if isUnreserved(byte) || (keepsSlashes && byte == UInt8(ascii: "/")) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

/// Lower-case hexadecimal text, the only form in which identifiers appear in names and JSON.
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends two digits for each byte.
    package static func append(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    /// Appends the 16 digits of a big-endian word.
    package static func append(_ word: UInt64, to text: inout [UInt8]) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            text.append(digits[Int((word >> shift) & 15)])
        }
    }

    /// Decodes 16 digits into a big-endian word.
    /// - Returns: `nil` unless all 16 are lower-case hexadecimal digits.
    package static func word(_ text: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        guard text.count == 16 else { return nil }
        var value: UInt64 = 0
        for character in text {
            guard let digit = digit(character) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    /// The value of one digit, `nil` for any other character (upper case included).
    package static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

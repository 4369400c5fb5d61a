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
        withUnsafeBytes(of: (text8(word >> 32).bigEndian, text8(word & 0xFFFF_FFFF).bigEndian)) {
            text.append(contentsOf: $0)
        }
    }

    /// The eight digits of a number below 2^32, the first in the highest byte.
    private static func text8(_ number: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quads = (number | number << 16) & 0x0000_FFFF_0000_FFFF
        let pairs = (quads | quads << 8) & 0x00FF_00FF_00FF_00FF
        let values = (pairs | pairs << 4) & (0x0F * ones)
        // Six more carry into the next digit from 10 on, where the letters begin.
        let letters = (values + 6 * ones) >> 4 & ones
        return values + 0x30 * ones + letters * 0x27
    }

    /// Decodes 16 digits into a big-endian word.
    /// - Returns: `nil` unless all 16 are lower-case hexadecimal digits.
    package static func word(_ text: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        guard text.count == 16 else { return nil }
        func load(_ offset: Int) -> UInt64 {
            UInt64(
                bigEndian: text.base.loadUnaligned(
                    fromByteOffset: text.startIndex + offset, as: UInt64.self))
        }
        guard let high = eightDigits(load(0)), let low = eightDigits(load(8)) else { return nil }
        return high << 32 | low
    }

    /// Decodes eight digits at once: listings have millions of names of chunks.
    private static func eightDigits(_ text: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Letters are 61 to 66, digits 30 to 39: bit 6 tells them apart. No sum below passes 31,
        // so no byte carries into the next one.
        let letters = (text >> 6) & ones
        let values = (text & (0x0F * ones)) + letters * 9
        guard text & (0xF0 * ones) == 0x30 * (ones + letters),
            values & (0x10 * ones) == 0, (values + 6 * ones) & (0x10 * ones) == letters << 4
        else { return nil }
        let pairs = (values | values >> 4) & 0x00FF_00FF_00FF_00FF
        let quads = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return (quads | quads >> 16) & 0xFFFF_FFFF
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

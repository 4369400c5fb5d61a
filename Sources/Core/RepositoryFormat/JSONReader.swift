// A strict pull parser over bytes in memory: it allocates nothing but the strings that its caller
// asks for, so that listings of a million entries decode at memory speed. It reads the integers,
// strings, arrays and objects that the format uses, and can skip any other JSON value.
// JSONWriter is its counterpart; the codecs of this module are its callers.

package import SnapshotModel

/// Reads JSON from memory that must outlive the reader.
package struct JSONReader {
    /// A key as it stands in the text; compare it with literals in a `switch`.
    package struct Key {
        let bytes: UnsafeRawBufferPointer

        package static func ~= (name: StaticString, key: Key) -> Bool {
            name.utf8CodeUnitCount == key.bytes.count
                && name.withUTF8Buffer { compareBytes(UnsafeRawBufferPointer($0), key.bytes) == 0 }
        }

        /// The key as a decimal number in its shortest form; `nil` when it is none.
        package var number: UInt32? {
            let text = String(decoding: bytes, as: UTF8.self)
            guard let number = UInt32(text), String(number) == text else { return nil }
            return number
        }
    }

    private let input: UnsafeRawBufferPointer
    // Not a `String`: the reader is passed by value, and that would count references.
    private let structure: StaticString
    /// The offset of the next byte.
    package private(set) var position = 0
    private var isFirst = true

    /// Reads `input`; errors name `structure`.
    package init(_ input: UnsafeRawBufferPointer, structure: StaticString) {
        self.input = input
        self.structure = structure
    }

    /// Whether all bytes were read.
    package var isAtEnd: Bool { position == input.count }

    /// An error at the current position.
    package func malformed(_ reason: String) -> FormatError {
        FormatError(.malformed, in: structure.description, at: position, reason)
    }

    /// Reads the beginning of an object; call `nextKey` until it returns `nil`.
    package mutating func beginObject() throws(FormatError) {
        try expect("{")
        isFirst = true
    }

    /// Reads the next key and its colon, or the end of the object.
    package mutating func nextKey() throws(FormatError) -> Key? {
        guard try continues(until: "}") else { return nil }
        let key = Key(bytes: try plainText(of: "a key"))
        try expect(":")
        return key
    }

    /// Reads the beginning of an array; call `nextElement` until it returns `false`.
    package mutating func beginArray() throws(FormatError) {
        try expect("[")
        isFirst = true
    }

    /// Whether the array goes on; reads the comma or the end.
    package mutating func nextElement() throws(FormatError) -> Bool {
        try continues(until: "]")
    }

    /// Whether the next value is a string.
    package var isAtString: Bool { peek() == UInt8(ascii: "\"") }

    /// Reads a string as its UTF-8 bytes.
    package mutating func utf8String() throws(FormatError) -> [UInt8] {
        try expect("\"")
        var bytes: [UInt8] = []
        var isASCII = true
        while true {
            let piece = unescaped(&isASCII)
            // Most strings have one piece, which takes no more room than it needs.
            if bytes.isEmpty { bytes = Array(piece) } else { bytes.append(contentsOf: piece) }
            guard let byte = peek(), byte >= 0x20 else {
                throw malformed("control character or end of text in a string")
            }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            try appendEscape(to: &bytes)
        }
        guard isASCII || String(validating: bytes, as: UTF8.self) != nil else {
            throw malformed("string is not UTF-8")
        }
        return bytes
    }

    /// Passes over what stands for itself in a string.
    private mutating func unescaped(_ isASCII: inout Bool) -> UnsafeRawBufferPointer {
        let start = position
        var end = position
        var all: UInt8 = 0
        while end < input.count {
            let byte = input[end]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            all |= byte
            end += 1
        }
        position = end
        if all >= 0x80 { isASCII = false }
        return UnsafeRawBufferPointer(rebasing: input[start..<end])
    }

    /// Reads a string.
    package mutating func string() throws(FormatError) -> String {
        String(decoding: try utf8String(), as: UTF8.self)
    }

    /// Reads the bytes between the quotes of a string that has no escapes.
    package mutating func plainString() throws(FormatError) -> UnsafeRawBufferPointer {
        try plainText(of: "a plain string")
    }

    private mutating func plainText(
        of what: StaticString
    ) throws(FormatError) -> UnsafeRawBufferPointer {
        try expect("\"")
        let start = position
        var end = position
        while end < input.count, Self.isPlain(input[end]) { end += 1 }
        position = end
        guard skip("\"") else {
            throw malformed(
                isAtEnd ? "expected '\"'" : "unexpected character in \(what.description)")
        }
        return UnsafeRawBufferPointer(rebasing: input[start..<end])
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Reads a string of 64 hexadecimal digits.
    package mutating func digest() throws(FormatError) -> Digest256 {
        let end = position + 1 + 2 * Digest256.byteCount
        // Most of a listing are digests, so what they are decides, not a look at each character.
        if end < input.count, isAtString, input[end] == UInt8(ascii: "\""),
            let digest = Digest256(
                hexadecimal: UnsafeRawBufferPointer(rebasing: input[position + 1..<end]))
        {
            position = end + 1
            return digest
        }
        _ = try plainString()
        throw malformed("not 64 lower-case hexadecimal digits")
    }

    /// Reads a string of four octal digits.
    package mutating func octalMode() throws(FormatError) -> UInt16 {
        let text = try plainString()
        guard text.count == 4 else { throw malformed("mode is not four octal digits") }
        var mode: UInt16 = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else {
                throw malformed("mode is not four octal digits")
            }
            mode = mode << 3 | UInt16(byte - UInt8(ascii: "0"))
        }
        return mode
    }

    /// Reads a number from 0 to `UInt64.max` in its shortest form.
    package mutating func unsigned() throws(FormatError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflowed, !carried else { throw malformed("number is too large") }
            value = sum
            position += 1
        }
        guard position > start else { throw malformed("expected a number") }
        guard position == start + 1 || input[start] != UInt8(ascii: "0") else {
            throw malformed("number has leading zeros")
        }
        return value
    }

    /// Reads a number that fits the type.
    package mutating func integer<Number: FixedWidthInteger>(
        _: Number.Type = Number.self
    ) throws(FormatError) -> Number {
        let isNegative = peek() == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let magnitude = try unsigned()
        if isNegative {
            // Negating wraps: only so does the magnitude of `Int64.min` become that number.
            guard magnitude > 0, magnitude <= Int64.min.magnitude,
                let number = Number(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
            else { throw malformed("number is out of range") }
            return number
        }
        guard let number = Number(exactly: magnitude) else {
            throw malformed("number is out of range")
        }
        return number
    }

    /// Skips a value of any kind.
    package mutating func skipValue() throws(FormatError) { try skipValue(depth: 0) }

    /// Reads the end of the text.
    package func expectEnd() throws(FormatError) {
        guard isAtEnd else { throw malformed("text goes on behind the value") }
    }

    private mutating func skipValue(depth: Int) throws(FormatError) {
        guard depth < FormatLimits.jsonDepth else { throw malformed("nested too deeply") }
        switch peek() {
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextKey() != nil { try skipValue(depth: depth + 1) }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skipValue(depth: depth + 1) }
        case UInt8(ascii: "\""):
            _ = try utf8String()
        default:
            try skipScalar()
        }
    }

    /// Reads `true` or `false`.
    package mutating func boolean() throws(FormatError) -> Bool {
        let value = peek() == UInt8(ascii: "t")
        try expect(word: value ? "true" : "false")
        return value
    }

    private mutating func skipScalar() throws(FormatError) {
        switch peek() {
        case UInt8(ascii: "t"): try expect(word: "true")
        case UInt8(ascii: "f"): try expect(word: "false")
        case UInt8(ascii: "n"): try expect(word: "null")
        default: try skipNumber()
        }
    }

    /// Skips a number by the grammar of RFC 8259 section 6.
    private mutating func skipNumber() throws(FormatError) {
        _ = skip("-")
        let start = position
        try skipDigits()
        guard position == start + 1 || input[start] != UInt8(ascii: "0") else {
            throw malformed("number has leading zeros")
        }
        if skip(".") { try skipDigits() }
        if skip("e") || skip("E") {
            _ = skip("+") || skip("-")
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(FormatError) {
        let start = position
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw malformed("expected a value") }
    }

    // Inlined, as what calls it: the character is known there.
    @inline(__always)
    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(word: StaticString) throws(FormatError) {
        let end = position + word.utf8CodeUnitCount
        guard end <= input.count,
            word.withUTF8Buffer({ $0.elementsEqual(input[position..<end]) })
        else { throw malformed("expected a value") }
        position = end
    }

    private func peek() -> UInt8? { position < input.count ? input[position] : nil }

    @inline(__always)
    private mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
        guard skip(character) else { throw missing(character) }
    }

    private func missing(_ character: Unicode.Scalar) -> FormatError {
        malformed("expected '\(character)'")
    }

    /// Reads what stands between members: nothing before the first, a comma before the others.
    @inline(__always)
    private mutating func continues(until end: Unicode.Scalar) throws(FormatError) -> Bool {
        if peek() == UInt8(ascii: end) {
            position += 1
            isFirst = false
            return false
        }
        if !isFirst { try expect(",") }
        isFirst = false
        return true
    }

    private mutating func appendEscape(to bytes: inout [UInt8]) throws(FormatError) {
        guard let byte = peek() else { throw malformed("end of text in an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "u"): try appendUnicodeEscape(to: &bytes)
        default: throw malformed("unknown escape")
        }
    }

    private mutating func appendUnicodeEscape(to bytes: inout [UInt8]) throws(FormatError) {
        var units = [try codeUnit()]
        if UTF16.isLeadSurrogate(units[0]) {
            try expect("\\")
            try expect("u")
            units.append(try codeUnit())
        }
        guard let text = String(validating: units, as: UTF16.self) else {
            throw malformed("escape is not a character")
        }
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func codeUnit() throws(FormatError) -> UInt16 {
        guard position + 4 <= input.count else { throw malformed("end of text in an escape") }
        var unit: UInt16 = 0
        for byte in input[position..<position + 4] {
            // Setting bit 5 makes letters lower case; it would make digits of control characters.
            guard let digit = Hexadecimal.digit(byte < 0x40 ? byte : byte | 0x20) else {
                throw malformed("escape is not four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }
}

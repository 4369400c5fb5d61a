package import SnapshotModel

/// Writes the canonical JSON of the format: no white space, keys in the order of the calls,
/// strings escaped as RFC 8785 section 3.2.2.2 does, integers only.
package struct JSONWriter {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty document.
    package init() {}

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Begins an object.
    package mutating func beginObject() { open("{") }

    /// Ends an object.
    package mutating func endObject() { close("}") }

    /// Begins an array.
    package mutating func beginArray() { open("[") }

    /// Ends an array.
    package mutating func endArray() { close("]") }

    /// Writes a key, which must need no escapes.
    package mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a key that is made of decimal digits.
    package mutating func key(number: UInt32) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendDecimal(UInt64(number))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// Writes a string of ASCII characters that need no escapes.
    package mutating func plain(_ text: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes an unsigned number.
    package mutating func number(_ value: UInt64) {
        separate()
        appendDecimal(value)
        needsComma = true
    }

    /// Writes a signed number.
    package mutating func number(_ value: Int64) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDecimal(value.magnitude)
        needsComma = true
    }

    /// Writes `true` or `false`.
    package mutating func boolean(_ value: Bool) {
        separate()
        let text: StaticString = value ? "true" : "false"
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    /// Writes a digest as a string of 64 hexadecimal digits.
    package mutating func digest(_ value: Digest256) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        value.appendHexadecimal(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes permission bits as a string of four octal digits.
    package mutating func octal(mode: UInt16) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for shift in [9, 6, 3, 0] { bytes.append(UInt8(ascii: "0") + UInt8((mode >> shift) & 7)) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes a number of seconds with up to three decimals, for reports; never in stored objects.
    package mutating func milliseconds(_ value: UInt64) {
        separate()
        appendDecimal(value / 1000)
        bytes.append(UInt8(ascii: "."))
        let rest = value % 1000
        bytes.append(UInt8(ascii: "0") + UInt8(rest / 100))
        bytes.append(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
        needsComma = true
    }

    /// Appends a line feed behind a complete value.
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// Writes a string of UTF-8 bytes, which must be valid.
    package mutating func string(utf8 text: UnsafeRawBufferPointer) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in text.enumerated() where Self.needsEscape(byte) {
            bytes.append(contentsOf: text[start..<index])
            appendEscape(byte)
            start = index + 1
        }
        bytes.append(contentsOf: text[start...])
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            Hexadecimal.append(CollectionOfOne(byte), to: &bytes)
        }
    }

    private mutating func open(_ character: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: character))
        needsComma = false
    }

    private mutating func close(_ character: Unicode.Scalar) {
        bytes.append(UInt8(ascii: character))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func appendDecimal(_ value: UInt64) {
        if value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        // 20 digits hold any 64-bit number.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var start = 20
            while rest > 0 {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            bytes.append(contentsOf: digits[start...])
        }
    }
}

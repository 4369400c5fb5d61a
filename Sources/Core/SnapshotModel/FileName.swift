/// One component of a path, as the bytes that the file system holds: often, not always, UTF-8.
package struct FileName: Hashable, Comparable, Sendable {
    /// The bytes, without a terminator.
    package let bytes: [UInt8]

    /// Takes any bytes; `isValid` says whether they can name an entry.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Takes the UTF-8 bytes of a text.
    package init(_ text: String) { bytes = Array(text.utf8) }

    /// Whether the bytes can name an entry of a directory: not empty, no `/`, no NUL, not `.` nor
    /// `..`.
    ///
    /// A name that fails this is refused wherever it comes from: it could lead out of the target.
    package var isValid: Bool {
        if bytes.isEmpty || bytes == [0x2E] || bytes == [0x2E, 0x2E] { return false }
        return !bytes.contains { $0 == 0x2F || $0 == 0 }
    }

    /// The text for messages: control characters and bytes that are not UTF-8 are escaped.
    package var display: String { DisplayText.escape(bytes) }

    package static func < (left: Self, right: Self) -> Bool {
        left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right in compareBytes(left, right) < 0 }
        }
    }
}

/// Compares two byte strings as unsigned bytes, a prefix first.
/// - Returns: a negative number, zero or a positive number, as `memcmp` does.
package func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let shared = min(left.count, right.count)
    var index = 0
    while index + 8 <= shared {
        let leftWord = UInt64(
            bigEndian: left.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let rightWord = UInt64(
            bigEndian: right.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        if leftWord != rightWord { return leftWord < rightWord ? -1 : 1 }
        index += 8
    }
    while index < shared {
        if left[index] != right[index] { return Int(left[index]) - Int(right[index]) }
        index += 1
    }
    return left.count - right.count
}

/// Text that is safe to show on a terminal.
package enum DisplayText {
    /// Escapes control characters and bytes that are not UTF-8 as `\xNN`, and the backslash.
    package static func escape(_ bytes: some Collection<UInt8>) -> String {
        var text = ""
        if let valid = String(validating: bytes, as: UTF8.self) {
            for scalar in valid.unicodeScalars { escape(scalar, into: &text) }
            return text
        }
        // Which of the bytes above 0x7F belong to characters cannot be told, so all are escaped.
        for byte in bytes {
            if byte < 0x80 { escape(Unicode.Scalar(byte), into: &text) } else { hex(byte, &text) }
        }
        return text
    }

    private static func escape(_ scalar: Unicode.Scalar, into text: inout String) {
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        let isDirectionMark =
            (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        if scalar == "\\" {
            text += "\\\\"
        } else if isDirectionMark {
            text += "\\u{\(String(scalar.value, radix: 16))}"
        } else if isControl {
            hex(UInt8(scalar.value), &text)
        } else {
            text.unicodeScalars.append(scalar)
        }
    }

    private static func hex(_ byte: UInt8, _ text: inout String) {
        text += "\\x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
    }
}

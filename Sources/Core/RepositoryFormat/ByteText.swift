import SnapshotModel

// Names, paths and link targets are bytes. In JSON they are strings when they are UTF-8, else
// they stand, in base 64, under a key of their own (in arrays: in an object of their own).

extension JSONWriter {
    /// Writes the bytes as a member: under `key` as text, or under `base64Key`.
    mutating func member(_ key: StaticString, orBase64 base64Key: StaticString, _ bytes: [UInt8]) {
        if String(validating: bytes, as: UTF8.self) != nil {
            self.key(key)
            bytes.withUnsafeBytes { string(utf8: $0) }
        } else {
            self.key(base64Key)
            Base64.encode(bytes).withUnsafeBytes { string(utf8: $0) }
        }
    }

    /// Writes the bytes as an element: a string, or `{"base64": ...}`.
    mutating func element(_ bytes: [UInt8]) {
        if String(validating: bytes, as: UTF8.self) != nil {
            bytes.withUnsafeBytes { string(utf8: $0) }
        } else {
            beginObject()
            key("base64")
            Base64.encode(bytes).withUnsafeBytes { string(utf8: $0) }
            endObject()
        }
    }
}

extension JSONReader {
    /// Reads the base 64 of bytes that are not UTF-8; text in disguise is refused, because
    /// the same bytes must always be written alike.
    mutating func base64Bytes() throws(FormatError) -> [UInt8] {
        guard let bytes = Base64.decode(try plainString()) else { throw malformed("base 64") }
        guard String(validating: bytes, as: UTF8.self) == nil else {
            throw malformed("base 64 of text that is UTF-8")
        }
        return bytes
    }

    /// Reads what `JSONWriter.element` writes.
    mutating func byteElement() throws(FormatError) -> [UInt8] {
        if isAtString { return try utf8String() }
        var bytes: [UInt8]?
        try beginObject()
        while let key = try nextKey() {
            switch key {
            case "base64": bytes = try base64Bytes()
            default: try skipValue()
            }
        }
        guard let bytes else { throw malformed("neither a string nor base 64") }
        return bytes
    }
}

// Extended attributes within an entry (Specs/repository-format.md section 7.3).

package import SnapshotModel

extension EntryCodec {
    /// Appends the member `xattrs`, unless there are none.
    static func append(_ attributes: [ExtendedAttribute], to writer: inout JSONWriter) {
        if attributes.isEmpty { return }
        writer.key("xattrs")
        writer.beginArray()
        for attribute in attributes {
            writer.beginObject()
            writer.member("name", orBase64: "nameBase64", attribute.name)
            switch attribute.value {
            case .inline(let bytes): writer.member("value", orBase64: "valueBase64", bytes)
            case .content(let content): append(content, to: &writer)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    /// Reads the value of a member `xattrs`.
    static func attributes(
        _ reader: inout JSONReader
    ) throws(FormatError) -> [ExtendedAttribute] {
        var attributes: [ExtendedAttribute] = []
        var sizes = AttributeSizes()
        try reader.beginArray()
        while try reader.nextElement() {
            guard attributes.count < FormatLimits.attributes else {
                throw limitExceeded("too many extended attributes", reader)
            }
            let attribute = try attribute(&reader)
            if let last = attributes.last, !isAscending(last.name, attribute.name) {
                throw reader.malformed("names of extended attributes do not ascend")
            }
            guard sizes.add(attribute.value) else {
                throw limitExceeded("values of extended attributes", reader)
            }
            attributes.append(attribute)
        }
        guard !attributes.isEmpty else { throw reader.malformed("no extended attributes") }
        return attributes
    }

    private static func attribute(
        _ reader: inout JSONReader
    ) throws(FormatError) -> ExtendedAttribute {
        var name: [UInt8]?
        var value: [UInt8]?
        var content: Content?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "name": try set(&name, to: try reader.utf8String(), reader)
            case "nameBase64": try set(&name, to: try reader.base64Bytes(), reader)
            case "value": try set(&value, to: try reader.utf8String(), reader)
            case "valueBase64": try set(&value, to: try reader.base64Bytes(), reader)
            case "content": try set(&content, to: try Self.content(&reader), reader)
            default: throw reader.malformed("unknown key in an extended attribute")
            }
        }
        guard let name, ExtendedAttribute.isValid(name: name) else {
            throw reader.malformed("extended attribute without a valid name")
        }
        switch (value, content) {
        case (let value?, nil): return ExtendedAttribute(name: name, value: .inline(value))
        case (nil, let content?) where content.sizeInBytes > 0:
            return ExtendedAttribute(name: name, value: .content(content))
        default: throw reader.malformed("extended attribute without one value")
        }
    }

    private static func isAscending(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { compareBytes(left, $0) < 0 } }
    }

    private static func limitExceeded(_ reason: String, _ reader: JSONReader) -> FormatError {
        FormatError(.limitExceeded, in: "listing", at: reader.position, reason)
    }
}

/// How much the values of one entry's attributes come to, against the limits.
///
/// A writer adds them in the order of their names and so decides which of them stand in the entry:
/// equal attributes always give equal bytes.
package struct AttributeSizes {
    private var inlineInBytes = 0
    private var totalInBytes: UInt64 = 0

    /// No values.
    package init() {}

    /// Whether a value of so many bytes stands in the entry if it is added next.
    package func takesInline(_ sizeInBytes: Int) -> Bool {
        sizeInBytes <= FormatLimits.inlineAttributeInBytes
            && inlineInBytes + sizeInBytes <= FormatLimits.inlineAttributesInBytes
    }

    /// Whether the limit of all values together allows for so many bytes more.
    package func takes(_ sizeInBytes: UInt64) -> Bool {
        // The total never passes the limit, so the difference is no less than zero.
        sizeInBytes <= UInt64(FormatLimits.attributesInBytes) - totalInBytes
    }

    /// Adds a value.
    /// - Returns: `false` when that passes a limit; nothing is added then.
    package mutating func add(_ value: ExtendedAttribute.Value) -> Bool {
        guard takes(value.sizeInBytes) else { return false }
        if case .inline(let bytes) = value {
            guard takesInline(bytes.count) else { return false }
            inlineInBytes += bytes.count
        }
        totalInBytes += value.sizeInBytes
        return true
    }
}

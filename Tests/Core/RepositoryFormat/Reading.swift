import RepositoryFormat
import SnapshotModel
import TestSupport

/// Reads all of `text` with `body`, as one JSON value.
func reading<Value>(
    _ text: some Collection<UInt8>, _ body: (inout JSONReader) throws -> Value
) throws -> Value {
    try Array(text).withUnsafeBytes { bytes in
        var reader = JSONReader(bytes, structure: "test")
        let value = try body(&reader)
        try reader.expectEnd()
        return value
    }
}

/// Reads all of `text` with `body`, as one JSON value.
func reading<Value>(
    _ text: String, _ body: (inout JSONReader) throws -> Value
) throws -> Value {
    try reading(text.utf8, body)
}

/// Decodes a whole listing that comes in one piece.
func decodeListing(_ bytes: [UInt8]) throws -> [Entry] {
    var decoder = ListingDecoder()
    let entries = try bytes.withUnsafeBytes { try decoder.decode($0) }
    try decoder.finish()
    return entries
}

/// The bytes of a listing.
func encodeListing(_ entries: [Entry]) -> [UInt8] {
    var writer = JSONWriter()
    for entry in entries { EntryCodec.append(entry, to: &writer) }
    return writer.bytes
}

/// What `#expect(throws:)` compares with: errors are equal when their codes are.
func refusal(_ code: FormatError.Code) -> FormatError {
    FormatError(code, in: "", at: 0, "")
}

package import SnapshotModel

/// Decodes a listing piece by piece, as its chunks arrive, and checks the order of the names.
package struct ListingDecoder {
    private var rest: [UInt8] = []
    private var lastName: FileName?
    private var offset = 0

    /// A decoder at the start of a listing.
    package init() {}

    /// Decodes all lines that end in `bytes`; the rest is kept for the next call.
    /// - Returns: entries with strictly ascending names.
    package mutating func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> [Entry] {
        var entries: [Entry] = []
        var start = 0
        while let end = Self.lineFeed(in: bytes, from: start) {
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if rest.isEmpty {
                entries.append(try decodeLine(line))
            } else {
                rest.append(contentsOf: line)
                let joined = rest
                rest.removeAll(keepingCapacity: true)
                entries.append(try decodeJoined(joined))
            }
            start = end + 1
        }
        rest.append(contentsOf: bytes[start...])
        try checkLength(rest.count)
        return entries
    }

    /// Looks at eight bytes at once: lines are a few hundred bytes long.
    private static func lineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = start
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            // A byte is zero where the line feed is; only such a one, or one behind it, borrows.
            let rest = word ^ (ones * UInt64(UInt8(ascii: "\n")))
            if (rest &- ones) & ~rest & (0x80 * ones) != 0 { break }
            position += 8
        }
        return bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
    }

    /// Checks that the listing ended with a line feed.
    package func finish() throws(FormatError) {
        guard rest.isEmpty else {
            throw FormatError(.malformed, in: "listing", at: offset, "last line has no end")
        }
    }

    private func checkLength(_ lengthInBytes: Int) throws(FormatError) {
        guard lengthInBytes <= FormatLimits.listingLineInBytes else {
            throw FormatError(.limitExceeded, in: "listing", at: offset, "line is too long")
        }
    }

    private mutating func decodeJoined(_ line: [UInt8]) throws(FormatError) -> Entry {
        var result: Result<Entry, FormatError>?
        line.withUnsafeBytes { bytes in
            result = Result { () throws(FormatError) -> Entry in try decodeLine(bytes) }
        }
        guard let result else { preconditionFailure("withUnsafeBytes runs its body") }
        return try result.get()
    }

    private mutating func decodeLine(_ line: UnsafeRawBufferPointer) throws(FormatError) -> Entry {
        try checkLength(line.count)
        let entry = try EntryCodec.decode(line)
        if let lastName, !(lastName < entry.name) {
            throw FormatError(
                .malformed, in: "listing", at: offset,
                "\"\(entry.name.display)\" stands behind \"\(lastName.display)\"")
        }
        lastName = entry.name
        offset += line.count + 1
        return entry
    }
}

// Flags within an entry (Specs/repository-format.md section 7.6).

import SnapshotModel

extension EntryCodec {
    /// More words than there are flags of any file system: 64 bits.
    private static let mostFlags = 64
    /// Where each word has its bit.
    private static let positions: [String: Int] = Dictionary(
        uniqueKeysWithValues: FileFlags.words.enumerated().map { ("\($1)", $0) })

    /// Appends the member `flags`, unless there are none.
    static func append(_ flags: FileFlags, to writer: inout JSONWriter) {
        if flags.isEmpty { return }
        writer.key("flags")
        writer.beginArray()
        for word in flags.words { writer.plain(word) }
        writer.endArray()
    }

    /// Reads the value of a member `flags`.
    /// - Returns: the flags, and whether there were words that this version does not know.
    static func flags(
        _ reader: inout JSONReader
    ) throws(FormatError) -> (flags: FileFlags, hasUnknown: Bool) {
        var bits: UInt16 = 0
        var hasUnknown = false
        var last: [UInt8]?
        var count = 0
        try reader.beginArray()
        while try reader.nextElement() {
            let word = try reader.utf8String()
            if let last, !last.lexicographicallyPrecedes(word) {
                throw reader.malformed("flags do not ascend")
            }
            count += 1
            guard count <= mostFlags else { throw reader.malformed("too many flags") }
            if let position = positions[String(decoding: word, as: UTF8.self)] {
                bits |= 1 << position
            } else {
                hasUnknown = true
            }
            last = word
        }
        guard count > 0 else { throw reader.malformed("no flags") }
        return (FileFlags(rawValue: bits), hasUnknown)
    }
}

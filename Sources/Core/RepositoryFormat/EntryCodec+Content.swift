// Content within an entry, and what the parts of an entry share.

import SnapshotModel

extension EntryCodec {
    /// Appends the member `content`.
    static func append(_ content: Content, to writer: inout JSONWriter) {
        writer.key("content")
        writer.beginObject()
        writer.key("size")
        writer.number(content.sizeInBytes)
        if content.levels > 0 {
            writer.key("levels")
            writer.number(UInt64(content.levels))
        }
        writer.key("chunks")
        writer.beginArray()
        for chunk in content.chunks { writer.digest(chunk.digest) }
        writer.endArray()
        writer.endObject()
    }

    /// Reads the value of a member `content`.
    static func content(_ reader: inout JSONReader) throws(FormatError) -> Content {
        var size: UInt64?
        var levels: Int?
        var chunks: [ChunkID]?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "size": try set(&size, to: try reader.integer(), reader)
            case "levels": try set(&levels, to: try reader.integer(), reader)
            case "chunks": try set(&chunks, to: try identifiers(&reader), reader)
            default: throw reader.malformed("unknown key in content")
            }
        }
        guard let size, let chunks, (size == 0) == chunks.isEmpty,
            levels == nil || (1...FormatLimits.levels).contains(levels ?? 0)
        else { throw reader.malformed("content without size or chunks, or with bad levels") }
        return Content(sizeInBytes: size, levels: levels ?? 0, chunks: chunks)
    }

    private static func identifiers(_ reader: inout JSONReader) throws(FormatError) -> [ChunkID] {
        var chunks: [ChunkID] = []
        try reader.beginArray()
        while try reader.nextElement() {
            guard chunks.count < FormatLimits.inlineChunks else {
                throw FormatError(
                    .limitExceeded, in: "listing", at: reader.position, "too many chunks inline")
            }
            chunks.append(ChunkID(try reader.digest()))
        }
        return chunks
    }

    /// Takes the value of a key that must not stand twice.
    static func set<Value>(
        _ field: inout Value?, to value: Value, _ reader: JSONReader
    ) throws(FormatError) {
        guard field == nil else { throw reader.malformed("key stands twice") }
        field = value
    }
}

package import SnapshotModel

extension DocumentCodec {
    /// The bytes of a `session` marker.
    package static func encode(_ record: SessionRecord, hash: Hash) -> [UInt8] {
        var writer = begin(format: "varve-session")
        writer.key("id")
        writer.string("\(record.id)")
        writer.key("host")
        writer.string(record.host)
        writer.key("process")
        writer.number(UInt64(max(0, record.process)))
        writer.key("tool")
        writer.string(record.tool)
        writer.key("purpose")
        writer.string(record.purpose)
        return finish(&writer, hash: hash)
    }

    /// Decodes a `session` marker.
    /// - Throws: `.unsupported`, `.malformed`, `.checksumMismatch`, `.limitExceeded`.
    package static func decodeSession(
        _ bytes: UnsafeRawBufferPointer, hash: Hash
    ) throws(FormatError) -> SessionRecord {
        var reader = try begin(bytes, format: "varve-session", structure: "session", hash: hash)
        var id: SessionID?
        var (host, tool, purpose, process) = ("", "", "", 0)
        while let key = try reader.nextKey() {
            switch key {
            case "id": id = SessionID(hexadecimal: try reader.string())
            case "host": host = try reader.string()
            case "process": process = Int(clamping: try reader.unsigned())
            case "tool": tool = try reader.string()
            case "purpose": purpose = try reader.string()
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
        guard let id else { throw reader.malformed("id is missing") }
        return SessionRecord(id: id, host: host, process: process, tool: tool, purpose: purpose)
    }

    /// The bytes of a `dead` marker.
    package static func encode(_ record: DeathRecord, hash: Hash) -> [UInt8] {
        var writer = begin(format: "varve-dead-session")
        writer.key("session")
        writer.string("\(record.session)")
        writer.key("declaredBy")
        writer.string("\(record.declaredBy)")
        writer.key("reason")
        writer.string(record.reason)
        return finish(&writer, hash: hash)
    }

    private static func begin(format: StaticString) -> JSONWriter {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.plain(format)
        writer.key("version")
        writer.number(FormatLimits.version)
        return writer
    }
}

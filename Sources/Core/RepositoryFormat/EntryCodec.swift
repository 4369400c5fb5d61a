// Entries as JSON: a line of a listing, or the root of a manifest
// (Specs/repository-format.md section 7).

package import SnapshotModel

/// Encodes and decodes entries.
package enum EntryCodec {
    /// Appends the entry as one line of a listing.
    package static func append(_ entry: Entry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", orBase64: "nameBase64", entry.name.bytes)
        append(entry.kind, entry.metadata, to: &writer)
        append(entry.extendedAttributes, to: &writer)
        if let hardLink = entry.hardLink {
            writer.member("hardLink", orBase64: "hardLinkBase64", hardLink.bytes)
        }
        if entry.hasHoles {
            writer.key("holes")
            writer.boolean(true)
        }
        append(entry.flags, to: &writer)
        if let created = entry.created { append("created", created, to: &writer) }
        writer.endObject()
        writer.endLine()
    }

    /// Appends the root of a manifest: an entry without name and type.
    static func append(_ root: RootEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        append(root.metadata, to: &writer)
        append(root.content, to: &writer)
        append(root.extendedAttributes, to: &writer)
        append(root.flags, to: &writer)
        if let created = root.created { append("created", created, to: &writer) }
        writer.endObject()
    }

    /// The canonical bytes of a root, whose SHA-256 is the root ID.
    package static func encode(_ root: RootEntry) -> [UInt8] {
        var writer = JSONWriter()
        append(root, to: &writer)
        return writer.bytes
    }

    /// Decodes one line, without its line feed.
    package static func decode(_ line: UnsafeRawBufferPointer) throws(FormatError) -> Entry {
        var reader = JSONReader(line, structure: "listing")
        let fields = try EntryFields(&reader)
        try reader.expectEnd()
        guard let name = fields.name else { throw reader.malformed("entry without a name") }
        guard FileName(name).isValid else {
            throw reader.malformed("name \"\(DisplayText.escape(name))\" is not allowed")
        }
        let kind = try fields.kind(reader)
        let metadata = try fields.metadata(reader)
        return Entry(
            name: FileName(name), kind: kind, metadata: metadata,
            extendedAttributes: fields.extendedAttributes ?? [],
            hardLink: try fields.hardLink(of: kind, reader),
            hasHoles: try fields.hasHoles(kind, reader), flags: try fields.flags(of: kind, reader),
            created: fields.created, hasUnknownKeys: fields.hasUnknownKeys)
    }

    /// Decodes the root of a manifest.
    static func decodeRoot(_ reader: inout JSONReader) throws(FormatError) -> RootEntry {
        let fields = try EntryFields(&reader)
        guard fields.name == nil, fields.type == nil, fields.hardLink == nil,
            fields.holes == nil,
            let content = fields.content
        else { throw reader.malformed("root is not a directory's content") }
        return RootEntry(
            content: content, metadata: try fields.metadata(reader),
            extendedAttributes: fields.extendedAttributes ?? [], flags: fields.flags ?? [],
            created: fields.created)
    }

    private static func append(
        _ kind: EntryKind, _ metadata: Metadata, to writer: inout JSONWriter
    ) {
        writer.key("type")
        switch kind {
        case .file: writer.plain("file")
        case .directory: writer.plain("directory")
        case .symlink: writer.plain("symlink")
        case .fifo: writer.plain("fifo")
        case .socket: writer.plain("socket")
        case .characterDevice: writer.plain("characterDevice")
        case .blockDevice: writer.plain("blockDevice")
        }
        append(metadata, to: &writer)
        switch kind {
        case .file(let content), .directory(let content): append(content, to: &writer)
        case .symlink(let target):
            writer.member("target", orBase64: "targetBase64", target)
        case .characterDevice(let number), .blockDevice(let number):
            writer.key("device")
            writer.beginArray()
            writer.number(UInt64(number.major))
            writer.number(UInt64(number.minor))
            writer.endArray()
        case .fifo, .socket: break
        }
    }

    private static func append(_ metadata: Metadata, to writer: inout JSONWriter) {
        writer.key("mode")
        writer.octal(mode: metadata.mode)
        writer.key("uid")
        writer.number(UInt64(metadata.userID))
        writer.key("gid")
        writer.number(UInt64(metadata.groupID))
        append("mtime", metadata.modified, to: &writer)
    }

    private static func append(
        _ key: StaticString, _ time: Timestamp, to writer: inout JSONWriter
    ) {
        writer.key(key)
        writer.beginArray()
        writer.number(time.seconds)
        writer.number(UInt64(time.nanoseconds))
        writer.endArray()
    }
}

/// The members of an entry as they were read, before they are put together.
private struct EntryFields {
    var name: [UInt8]?
    var type: String?
    var mode: UInt16?
    var userID: UInt32?
    var groupID: UInt32?
    var modified: Timestamp?
    var content: Content?
    var target: [UInt8]?
    var device: DeviceNumber?
    var extendedAttributes: [ExtendedAttribute]?
    var hardLink: [UInt8]?
    var holes: Bool?
    var flags: FileFlags?
    var created: Timestamp?
    var hasUnknownKeys = false

    init(_ reader: inout JSONReader) throws(FormatError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "name": try EntryCodec.set(&name, to: try reader.utf8String(), reader)
            case "nameBase64": try EntryCodec.set(&name, to: try reader.base64Bytes(), reader)
            case "type":
                let text = String(decoding: try reader.plainString(), as: UTF8.self)
                try EntryCodec.set(&type, to: text, reader)
            case "mode": try EntryCodec.set(&mode, to: try reader.octalMode(), reader)
            case "uid": try EntryCodec.set(&userID, to: try reader.integer(), reader)
            case "gid": try EntryCodec.set(&groupID, to: try reader.integer(), reader)
            case "mtime": try EntryCodec.set(&modified, to: try Self.timestamp(&reader), reader)
            case "content":
                try EntryCodec.set(&content, to: try EntryCodec.content(&reader), reader)
            case "target": try EntryCodec.set(&target, to: try reader.utf8String(), reader)
            case "targetBase64": try EntryCodec.set(&target, to: try reader.base64Bytes(), reader)
            case "device": try EntryCodec.set(&device, to: try Self.device(&reader), reader)
            case "xattrs":
                let attributes = try EntryCodec.attributes(&reader)
                try EntryCodec.set(&extendedAttributes, to: attributes, reader)
            case "hardLink": try EntryCodec.set(&hardLink, to: try reader.utf8String(), reader)
            case "hardLinkBase64":
                try EntryCodec.set(&hardLink, to: try reader.base64Bytes(), reader)
            case "holes": try EntryCodec.set(&holes, to: try reader.boolean(), reader)
            case "flags":
                let (known, hasUnknown) = try EntryCodec.flags(&reader)
                try EntryCodec.set(&flags, to: known, reader)
                hasUnknownKeys = hasUnknownKeys || hasUnknown
            case "created": try EntryCodec.set(&created, to: try Self.timestamp(&reader), reader)
            default:
                hasUnknownKeys = true
                try reader.skipValue()
            }
        }
    }

    func metadata(_ reader: JSONReader) throws(FormatError) -> Metadata {
        guard let mode, let userID, let groupID, let modified else {
            throw reader.malformed("entry without mode, uid, gid or mtime")
        }
        return Metadata(mode: mode, userID: userID, groupID: groupID, modified: modified)
    }

    func kind(_ reader: JSONReader) throws(FormatError) -> EntryKind {
        // Exactly what the type needs: a member of another type would be lost on writing.
        switch (type, content, target, device) {
        case ("file", let content?, nil, nil): return .file(content)
        case ("directory", let content?, nil, nil): return .directory(content)
        case ("symlink", nil, let target?, nil) where !target.isEmpty && !target.contains(0):
            return .symlink(target: target)
        case ("fifo", nil, nil, nil): return .fifo
        case ("socket", nil, nil, nil): return .socket
        case ("characterDevice", nil, nil, let device?): return .characterDevice(device)
        case ("blockDevice", nil, nil, let device?): return .blockDevice(device)
        default:
            throw reader.malformed(
                "entry of type \"\(type ?? "")\" without what it needs, or with more")
        }
    }

    func hardLink(
        of kind: EntryKind, _ reader: JSONReader
    ) throws(FormatError) -> TreePath? {
        guard let hardLink else { return nil }
        if case .directory = kind { throw reader.malformed("hard link to a directory") }
        guard hardLink.count <= FormatLimits.hardLinkInBytes else {
            throw FormatError(
                .limitExceeded, in: "listing", at: reader.position, "path of a hard link")
        }
        guard let path = TreePath(hardLink) else {
            throw reader.malformed("hard link \"\(DisplayText.escape(hardLink))\" is not allowed")
        }
        return path
    }

    func hasHoles(_ kind: EntryKind, _ reader: JSONReader) throws(FormatError) -> Bool {
        guard let holes else { return false }
        // One way to say that there are none: without the key.
        guard case .file = kind, holes else {
            throw reader.malformed("\"holes\" is for files, and true where it is given")
        }
        return true
    }

    func flags(of kind: EntryKind, _ reader: JSONReader) throws(FormatError) -> FileFlags {
        guard let flags else { return FileFlags() }
        switch kind {
        case .file, .directory: return flags
        default: throw reader.malformed("flags are for files and directories")
        }
    }

    private static func timestamp(_ reader: inout JSONReader) throws(FormatError) -> Timestamp {
        let (seconds, rest) = try pair(&reader)
        guard let nanoseconds = UInt32(exactly: rest),
            nanoseconds < Timestamp.nanosecondsPerSecond
        else { throw reader.malformed("nanoseconds of a time") }
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    }

    private static func device(_ reader: inout JSONReader) throws(FormatError) -> DeviceNumber {
        let (first, second) = try pair(&reader)
        guard let major = UInt32(exactly: first), let minor = UInt32(exactly: second) else {
            throw reader.malformed("device number")
        }
        return DeviceNumber(major: major, minor: minor)
    }

    private static func pair(_ reader: inout JSONReader) throws(FormatError) -> (Int64, Int64) {
        try reader.beginArray()
        let first = try member(&reader)
        let second = try member(&reader)
        guard try !reader.nextElement() else { throw reader.malformed("too many numbers") }
        return (first, second)
    }

    private static func member(_ reader: inout JSONReader) throws(FormatError) -> Int64 {
        guard try reader.nextElement() else { throw reader.malformed("too few numbers") }
        return try reader.integer()
    }
}

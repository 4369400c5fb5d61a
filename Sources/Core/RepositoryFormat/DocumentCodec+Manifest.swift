package import SnapshotModel

extension DocumentCodec {
    /// The bytes of a manifest.
    package static func encode(_ manifest: Manifest, hash: Hash) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.plain("varve-snapshot")
        writer.key("version")
        writer.number(FormatLimits.version)
        appendIdentity(manifest, to: &writer)
        writer.key("root")
        EntryCodec.append(manifest.root, to: &writer)
        writer.key("rootID")
        writer.digest(EntryCodec.encode(manifest.root).withUnsafeBytes(hash))
        appendCounts(manifest, to: &writer)
        appendNames(manifest.users, key: "users", to: &writer)
        appendNames(manifest.groups, key: "groups", to: &writer)
        appendUnreadable(manifest, to: &writer)
        writer.key("tool")
        writer.string(manifest.tool)
        return finish(&writer, hash: hash)
    }

    /// Decodes a manifest.
    /// - Throws: `.unsupported` for a newer version, else `.malformed`, `.checksumMismatch`,
    ///   `.limitExceeded`.
    package static func decodeManifest(
        _ bytes: UnsafeRawBufferPointer, hash: Hash
    ) throws(FormatError) -> Manifest {
        var reader = try begin(bytes, format: "varve-snapshot", structure: "manifest", hash: hash)
        var fields = ManifestFields()
        while let key = try reader.nextKey() { try fields.read(key, &reader) }
        try reader.expectEnd()
        guard let id = fields.id, let time = fields.time, let session = fields.session,
            let nonce = fields.nonce, let root = fields.root
        else { throw reader.malformed("id, time, session, nonce or root is missing") }
        // The bytes as they stand: a later version may have written keys that this one skips.
        let rootBytes = UnsafeRawBufferPointer(rebasing: bytes[fields.rootRange])
        guard fields.rootID == hash(rootBytes) else {
            throw FormatError(
                .checksumMismatch, in: "manifest", at: reader.position, "rootID is not the root's")
        }
        var manifest = fields.rest(
            Manifest(id: id, time: time, session: session, nonce: nonce, root: root))
        manifest.root = root
        return manifest
    }

    private static func appendIdentity(_ manifest: Manifest, to writer: inout JSONWriter) {
        writer.key("id")
        writer.string("\(manifest.id)")
        writer.key("time")
        writer.string(CalendarTime.iso8601(manifest.time))
        writer.key("session")
        writer.string("\(manifest.session)")
        writer.key("nonce")
        writer.string("\(manifest.nonce)")
        writer.key("host")
        writer.string(manifest.host)
        writer.key("user")
        writer.string(manifest.user)
        writer.key("paths")
        writer.beginArray()
        for path in manifest.paths { writer.element(path) }
        writer.endArray()
        writer.key("tags")
        writer.beginArray()
        for tag in manifest.tags { writer.string(tag) }
        writer.endArray()
        writer.key("description")
        writer.string(manifest.description)
        if let parent = manifest.parent {
            writer.key("parent")
            writer.string("\(parent)")
        }
    }

    private static func appendCounts(_ manifest: Manifest, to writer: inout JSONWriter) {
        writer.key("files")
        writer.number(manifest.counts.files)
        writer.key("directories")
        writer.number(manifest.counts.directories)
        writer.key("others")
        writer.number(manifest.counts.others)
        writer.key("bytes")
        writer.number(manifest.counts.bytes)
        writer.key("newBytes")
        writer.number(manifest.upload.newBytes)
        writer.key("uploadedBytes")
        writer.number(manifest.upload.uploadedBytes)
        writer.key("requests")
        append(manifest.upload.requests, to: &writer)
    }

    /// Appends the counts as the object that reports and manifests share.
    package static func append(_ requests: RequestCounts, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("put")
        writer.number(requests.put)
        writer.key("get")
        writer.number(requests.get)
        writer.key("head")
        writer.number(requests.head)
        writer.key("list")
        writer.number(requests.list)
        writer.key("delete")
        writer.number(requests.delete)
        writer.endObject()
    }

    private static func appendNames(
        _ names: [AccountName], key: StaticString, to writer: inout JSONWriter
    ) {
        writer.key(key)
        writer.beginObject()
        for account in names {
            writer.key(number: account.number)
            writer.string(account.name)
        }
        writer.endObject()
    }

    private static func appendUnreadable(_ manifest: Manifest, to writer: inout JSONWriter) {
        writer.key("unreadable")
        writer.beginObject()
        writer.key("count")
        writer.number(manifest.unreadableCount)
        writer.key("paths")
        writer.beginArray()
        for path in manifest.unreadable.prefix(FormatLimits.unreadablePaths) {
            writer.beginObject()
            writer.member("path", orBase64: "pathBase64", path.path)
            writer.key("reason")
            writer.string(path.reason)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

/// The members of a manifest as they were read; unknown keys are skipped.
private struct ManifestFields {
    var id: SnapshotID?
    var time: Timestamp?
    var session: SessionID?
    var nonce: Nonce?
    var root: RootEntry?
    var rootID: Digest256?
    /// Where the root stands in the document.
    var rootRange = 0..<0
    private var values = Manifest(
        id: SnapshotID(RandomBits(high: 0, low: 0)), time: Timestamp(seconds: 0, nanoseconds: 0),
        session: SessionID(RandomBits(high: 0, low: 0)), nonce: Nonce(RandomBits(high: 0, low: 0)),
        root: RootEntry(
            content: .empty,
            metadata: Metadata(
                mode: 0, userID: 0, groupID: 0, modified: Timestamp(seconds: 0, nanoseconds: 0))))

    /// Everything but the members that a manifest cannot lack, put into `manifest`.
    func rest(_ manifest: Manifest) -> Manifest {
        var result = values
        result.id = manifest.id
        result.time = manifest.time
        result.session = manifest.session
        result.nonce = manifest.nonce
        return result
    }

    mutating func read(_ key: JSONReader.Key, _ reader: inout JSONReader) throws(FormatError) {
        switch key {
        case "id": id = SnapshotID(hexadecimal: try reader.string())
        case "time": time = CalendarTime.parse(iso8601: try reader.string())
        case "session": session = SessionID(hexadecimal: try reader.string())
        case "nonce": nonce = Nonce(hexadecimal: try reader.string())
        case "root":
            let start = reader.position
            root = try EntryCodec.decodeRoot(&reader)
            rootRange = start..<reader.position
        case "rootID": rootID = try reader.digest()
        case "host": values.host = try reader.string()
        case "user": values.user = try reader.string()
        case "description": values.description = try reader.string()
        case "tool": values.tool = try reader.string()
        case "parent":
            guard let parent = SnapshotID(hexadecimal: try reader.string()) else {
                throw reader.malformed("parent is no snapshot ID")
            }
            values.parent = parent
        default: try readCountsAndLists(key, &reader)
        }
    }

    private mutating func readCountsAndLists(
        _ key: JSONReader.Key, _ reader: inout JSONReader
    ) throws(FormatError) {
        switch key {
        case "files": values.counts.files = try reader.unsigned()
        case "directories": values.counts.directories = try reader.unsigned()
        case "others": values.counts.others = try reader.unsigned()
        case "bytes": values.counts.bytes = try reader.unsigned()
        case "newBytes": values.upload.newBytes = try reader.unsigned()
        case "uploadedBytes": values.upload.uploadedBytes = try reader.unsigned()
        case "requests": values.upload.requests = try Self.requests(&reader)
        case "paths":
            try reader.beginArray()
            while try reader.nextElement() { values.paths.append(try reader.byteElement()) }
        case "tags":
            try reader.beginArray()
            while try reader.nextElement() { values.tags.append(try reader.string()) }
        case "users": values.users = try Self.names(&reader)
        case "groups": values.groups = try Self.names(&reader)
        case "unreadable": try readUnreadable(&reader)
        default: try reader.skipValue()
        }
    }

    private static func requests(_ reader: inout JSONReader) throws(FormatError) -> RequestCounts {
        var requests = RequestCounts()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "put": requests.put = try reader.unsigned()
            case "get": requests.get = try reader.unsigned()
            case "head": requests.head = try reader.unsigned()
            case "list": requests.list = try reader.unsigned()
            case "delete": requests.delete = try reader.unsigned()
            default: try reader.skipValue()
            }
        }
        return requests
    }

    private static func names(_ reader: inout JSONReader) throws(FormatError) -> [AccountName] {
        var names: [AccountName] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard let number = key.number else { throw reader.malformed("not an account number") }
            names.append(AccountName(number: number, name: try reader.string()))
        }
        return names
    }

    private mutating func readUnreadable(_ reader: inout JSONReader) throws(FormatError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "count": values.unreadableCount = try reader.unsigned()
            case "paths":
                try reader.beginArray()
                while try reader.nextElement() {
                    values.unreadable.append(try Self.unreadablePath(&reader))
                }
            default: try reader.skipValue()
            }
        }
    }

    private static func unreadablePath(
        _ reader: inout JSONReader
    ) throws(FormatError) -> UnreadablePath {
        var path: [UInt8] = []
        var reason = ""
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "path": path = try reader.utf8String()
            case "pathBase64": path = try reader.base64Bytes()
            case "reason": reason = try reader.string()
            default: try reader.skipValue()
            }
        }
        return UnreadablePath(path: path, reason: reason)
    }
}

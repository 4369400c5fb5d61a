package import SnapshotModel

extension SeededGenerator {
    /// A hash value.
    package mutating func digest() -> Digest256 {
        bytes(Digest256.byteCount).withUnsafeBytes {
            // 32 bytes are there, so there is an address.
            Digest256(loading: $0.baseAddress!)
        }
    }

    /// A chunk's name.
    package mutating func chunkID() -> ChunkID { ChunkID(digest()) }

    /// A valid name of 1 to 24 bytes: plain, awkward, of several scripts, or not UTF-8 at all.
    package mutating func fileName() -> FileName {
        while true {
            let pieces = array(1...4) { $0.namePiece() }
            let name = FileName(Array(pieces.joined()))
            if name.isValid { return name }
        }
    }

    private mutating func namePiece() -> [UInt8] {
        switch number(in: 0...5) {
        case 0: bytes(number(in: 1...6))
        case 1: Array(pick(["ü", "日本", "👩‍🚀", "e\u{301}", "\u{202E}", "\u{7F}"]).utf8)
        case 2: [pick([0x01, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x1F, 0x22, 0x5C, 0x2E])]
        default: text(number(in: 1...6))
        }
    }

    /// A moment from all that fit a signed 64-bit number of seconds.
    package mutating func timestamp() -> Timestamp {
        let nanoseconds = oneIn(3) ? 0 : number(in: 0...999_999_999)
        return Timestamp(seconds: magnitude(), nanoseconds: UInt32(nanoseconds))
    }

    /// A moment of the years 0000 to 9999.
    package mutating func calendarTimestamp() -> Timestamp {
        let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &self)
        return Timestamp(seconds: seconds, nanoseconds: timestamp().nanoseconds)
    }

    /// Mode, owner and time.
    package mutating func metadata() -> Metadata {
        Metadata(
            mode: magnitude(), userID: magnitude(), groupID: magnitude(), modified: timestamp())
    }

    /// Content with up to eight chunks, often none.
    package mutating func content() -> Content {
        let chunks = array(0...8) { $0.chunkID() }
        guard !chunks.isEmpty else { return .empty }
        return Content(
            sizeInBytes: max(1, magnitude()), levels: oneIn(4) ? number(in: 1...9) : 0,
            chunks: chunks)
    }

    /// An entry of any kind.
    package mutating func entry(named name: FileName? = nil) -> Entry {
        let kind = entryKind()
        var hardLink: TreePath?
        if oneIn(4), !kind.isDirectory { hardLink = treePath() }
        var hasHoles = false
        if case .file = kind { hasHoles = oneIn(4) }
        var flags: FileFlags = []
        if kind.content != nil, oneIn(4) {
            flags = FileFlags(rawValue: UInt16(truncatingIfNeeded: next()))
        }
        return Entry(
            name: name ?? fileName(), kind: kind, metadata: metadata(),
            extendedAttributes: oneIn(3) ? extendedAttributes() : [], hardLink: hardLink,
            hasHoles: hasHoles, flags: flags, created: oneIn(4) ? timestamp() : nil)
    }

    /// A path of one to four names.
    package mutating func treePath() -> TreePath {
        let names = array(1...4) { $0.fileName() }
        return names.dropFirst().reduce(TreePath(directory: [], name: names[0].bytes)) {
            path, name in
            TreePath(directory: path.bytes, name: name.bytes)
        }
    }

    /// Up to six attributes as an entry holds them: by strictly ascending name.
    package mutating func extendedAttributes() -> [ExtendedAttribute] {
        let names = Set(array(0...6) { FileName($0.attributeName()) }).sorted()
        return names.map { name in
            ExtendedAttribute(name: name.bytes, value: attributeValue())
        }
    }

    private mutating func attributeName() -> [UInt8] {
        let namespace = pick(["user.", "security.", "system.", "trusted.", ""])
        return Array(namespace.utf8) + fileName().bytes
    }

    private mutating func attributeValue() -> ExtendedAttribute.Value {
        if oneIn(4) {
            let size = number(in: 1...1024 * 1024)
            return .content(
                Content(sizeInBytes: UInt64(size), levels: 0, chunks: [chunkID()]))
        }
        return .inline(oneIn(2) ? bytes(number(in: 0...40)) : text(number(in: 0...40)))
    }

    private mutating func entryKind() -> EntryKind {
        let device = DeviceNumber(major: magnitude(), minor: magnitude())
        switch number(in: 0...8) {
        case 0: return .directory(content())
        case 1: return .symlink(target: fileName().bytes)
        case 2: return .fifo
        case 3: return .socket
        case 4: return .characterDevice(device)
        case 5: return .blockDevice(device)
        default: return .file(content())
        }
    }

    /// Entries as a listing holds them: by strictly ascending name.
    package mutating func entries(_ count: ClosedRange<Int>) -> [Entry] {
        let names = Set(array(count) { $0.fileName() }).sorted()
        return names.map { entry(named: $0) }
    }
}

extension EntryKind {
    fileprivate var isDirectory: Bool { if case .directory = self { true } else { false } }
}

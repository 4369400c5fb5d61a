package import SnapshotModel

extension SeededGenerator {
    /// A repository's description with parameters that the format allows.
    package mutating func repositoryDescription() -> RepositoryDescription {
        let average = 1 << number(in: 12...22)
        return RepositoryDescription(
            id: RepositoryID(using: &self), created: calendarTimestamp(),
            chunking: ChunkingParameters(averageInBytes: average))
    }

    /// A manifest whose members have what any valid one may have.
    package mutating func manifest() -> Manifest {
        var manifest = Manifest(
            id: SnapshotID(using: &self), time: calendarTimestamp(),
            session: SessionID(using: &self), nonce: Nonce(using: &self),
            root: RootEntry(
                content: content(), metadata: metadata(),
                extendedAttributes: oneIn(2) ? extendedAttributes() : [],
                created: oneIn(2) ? timestamp() : nil))
        manifest.host = string()
        manifest.user = string()
        manifest.paths = array(0...3) { $0.path() }
        manifest.tags = array(0...3) { $0.string() }.sorted()
        manifest.description = string()
        manifest.parent = oneIn(2) ? SnapshotID(using: &self) : nil
        manifest.counts = TreeCounts(
            files: magnitude(), directories: magnitude(), others: magnitude(), bytes: magnitude())
        manifest.upload = uploadCounts()
        manifest.users = accountNames()
        manifest.groups = accountNames()
        manifest.unreadable = array(0...3) { UnreadablePath(path: $0.path(), reason: $0.string()) }
        manifest.unreadableCount = UInt64(manifest.unreadable.count)
        manifest.tool = string()
        return manifest
    }

    /// Text of up to four pieces, with characters that JSON must escape among them.
    package mutating func string() -> String {
        let pieces = ["", "varve", "ü", "日本", "👩‍🚀", "\"", "\\", "/", "\n", "\t", "\u{0}", "\u{1F}"]
        return array(0...4) { $0.pick(pieces) }.joined()
    }

    private mutating func path() -> [UInt8] {
        array(1...3) { [UInt8(ascii: "/")] + $0.fileName().bytes }.flatMap { $0 }
    }

    private mutating func accountNames() -> [AccountName] {
        let numbers = Set(array(0...3) { $0.magnitude(UInt32.self) }).sorted()
        return numbers.map { AccountName(number: $0, name: string()) }
    }

    private mutating func uploadCounts() -> UploadCounts {
        var upload = UploadCounts()
        upload.newBytes = magnitude()
        upload.uploadedBytes = magnitude()
        upload.requests.put = magnitude()
        upload.requests.get = magnitude()
        upload.requests.head = magnitude()
        upload.requests.list = magnitude()
        upload.requests.delete = magnitude()
        return upload
    }
}

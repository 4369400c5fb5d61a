import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct TreeReaderTests {
    private let store = FaultyStore(MemoryStore())
    private let metadata = Metadata(
        mode: 0o755, userID: 1, groupID: 2, modified: Timestamp(seconds: 3, nanoseconds: 4))

    private func save(_ bytes: [UInt8], seed: UInt64) throws -> Content {
        if bytes.isEmpty { return .empty }
        var generator = SeededGenerator(seed: seed)
        // Cut anywhere: lines go across chunks.
        var chunks: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            chunks.append(Array(rest.prefix(generator.number(in: 1...100))))
            rest = rest.dropFirst(chunks[chunks.count - 1].count)
        }
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        return Content(sizeInBytes: UInt64(bytes.count), levels: 0, chunks: ids)
    }

    private func save(_ entries: [Entry], seed: UInt64) throws -> Content {
        var writer = JSONWriter()
        for entry in entries { EntryCodec.append(entry, to: &writer) }
        return try save(writer.bytes, seed: seed)
    }

    private func entry(_ name: String, _ kind: EntryKind = .fifo) -> Entry {
        Entry(name: FileName(name), kind: kind, metadata: metadata)
    }

    private func entries(of listing: Content) throws -> [Entry] {
        var entries: [Entry] = []
        try TreeReader(store.makeLoader()).forEachEntry(of: listing, path: Array("dir".utf8)) {
            entries.append($0)
        }
        return entries
    }

    /// A root with `file`, `link`, and `outer/inner/deep`.
    private func makeTree() throws -> RootEntry {
        let inner = try save([entry("deep", .symlink(target: [1]))], seed: 1)
        let outer = try save([entry("inner", .directory(inner))], seed: 2)
        let root = try save(
            [
                entry("file", .file(.empty)), entry("link", .symlink(target: Array("outer".utf8))),
                entry("outer", .directory(outer)),
            ], seed: 3)
        return RootEntry(content: root, metadata: metadata)
    }

    private func find(_ path: String, in root: RootEntry) throws -> Entry {
        let names = path.split(separator: "/").map { FileName(String($0)) }
        return try TreeReader(store.makeLoader()).entry(at: names, in: root)
    }

    @Test(arguments: seeds(count: 6))
    func aListingComesBackInOrder(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let saved = generator.entries(0...60)
        #expect(try entries(of: save(saved, seed: seed)) == saved)
    }

    @Test func pathsLeadToTheirEntries() throws {
        let root = try makeTree()
        #expect(try find("file", in: root) == entry("file", .file(.empty)))
        #expect(try find("outer/inner/deep", in: root).kind == .symlink(target: [1]))
        guard case .directory(let content) = try find("outer", in: root).kind else {
            Issue.record("outer is no directory")
            return
        }
        #expect(try entries(of: content).map(\.name) == [FileName("inner")])
        let top = try find("", in: root)
        #expect(top.kind == .directory(root.content))
        #expect(top.metadata == root.metadata)
    }

    @Test(arguments: [
        "missing", "outer/missing", "outer/inner/deep/x", "file/x", "link/inner", "Outer", "fil",
        "..", "outer/..",
    ])
    func pathsThatLeadNowhereAreErrors(path: String) throws {
        let root = try makeTree()
        let error = #expect(throws: RepositoryError.self) { try find(path, in: root) }
        #expect(error?.code == .noPath)
        #expect(error?.message.contains(path) == true)
    }

    @Test func theErrorTellsWhatIsNoDirectory() throws {
        let root = try makeTree()
        let error = #expect(throws: RepositoryError.self) {
            try find("outer/inner/deep/x/y", in: root)
        }
        #expect(error?.cause == "outer/inner/deep is not a directory")
    }

    @Test(arguments: [
        ".", "..", "", "a/b", "/", "../../etc/passwd", "a\u{0}b",
    ])
    func namesThatLeadElsewhereAreRefused(name: String) throws {
        let listing = try save([entry("+"), entry(name)].sorted { $0.name < $1.name }, seed: 1)
        #expect(throws: repositoryError(.damaged)) { try entries(of: listing) }
    }

    @Test(arguments: [["b", "a"], ["a", "a"], ["a", "b", "aa"], ["ab", "a"]])
    func namesThatDoNotAscendAreRefused(names: [String]) throws {
        let listing = try save(names.map { entry($0) }, seed: 1)
        #expect(throws: repositoryError(.damaged)) { try entries(of: listing) }
    }

    @Test(arguments: ["x", "\n", "{}\n", "[]\n", "{\"name\":\"a\"}\n", "\u{0}\n"])
    func whatIsNoListingIsRefused(text: String) throws {
        let listing = try save(Array(text.utf8), seed: 1)
        let error = #expect(throws: RepositoryError.self) { try entries(of: listing) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("/dir") == true)
    }

    @Test func aListingWithoutItsEndIsRefusedAfterItsEntries() throws {
        var writer = JSONWriter()
        for name in ["a", "b"] { EntryCodec.append(entry(name), to: &writer) }
        let listing = try save(Array(writer.bytes.dropLast()), seed: 1)
        var seen: [FileName] = []
        #expect(throws: repositoryError(.damaged)) {
            try TreeReader(store.makeLoader()).forEachEntry(of: listing, path: []) {
                seen.append($0.name)
            }
        }
        #expect(seen == [FileName("a")])
    }

    @Test func aListingOfAnotherSizeIsRefused() throws {
        let listing = try save([entry("a")], seed: 1)
        let longer = Content(
            sizeInBytes: listing.sizeInBytes + 1, levels: 0, chunks: listing.chunks)
        #expect(throws: repositoryError(.damaged)) { try entries(of: longer) }
    }

    @Test func aListingWhoseChunksAreLostIsDamage() throws {
        let root = try makeTree()
        for pack in try store.list(prefix: ObjectNames.packs) { store.lose(pack.key) }
        #expect(throws: repositoryError(.damaged)) { try find("file", in: root) }
        // The root itself is in the manifest.
        #expect(try find("", in: root).kind == .directory(root.content))
    }

    @Test func whatABodyThrowsComesOut() throws {
        struct Failure: Error, Equatable {}
        let listing = try save([entry("a"), entry("b")], seed: 1)
        let reader = TreeReader(try store.makeLoader())
        #expect(throws: Failure()) {
            try reader.forEachEntry(of: listing, path: []) { _ in throw Failure() }
        }
        #expect(try entries(of: listing).count == 2)
    }
}

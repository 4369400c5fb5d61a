import ChunkStorage
import Finding
import ObjectStore
import RepositoryAccess
import SnapshotModel
import TestSupport
import Testing

/// What cannot be read is told, and the rest is searched.
struct LossTests {
    private let sandbox: Sandbox
    private static let metadata = Metadata(
        mode: 0o644, userID: 0, groupID: 0, modified: Timestamp(seconds: 1, nanoseconds: 0))

    init() throws { sandbox = try Sandbox() }

    private func entry(_ name: String, _ kind: EntryKind) -> Entry {
        Entry(name: FileName(name), kind: kind, metadata: Self.metadata)
    }

    /// Content that no pack has.
    private func missing() -> Content {
        var generator = SeededGenerator(seed: 9)
        return Content(sizeInBytes: 10, levels: 0, chunks: [generator.chunkID()])
    }

    @Test(arguments: [0, FindSettings.usualMemoryInBytes])
    func `damaged listings are named in each snapshot, and all else is found`(
        memory: Int
    ) throws {
        let bad = try sandbox.saveContent(Array("no listing\n".utf8))
        let good = try sandbox.saveContent(sandbox.listing([entry("hit", .fifo)]))
        // A list of chunks that is not there fails before the first entry.
        let unlisted = Content(
            sizeInBytes: 10, levels: 1, chunks: missing().chunks)
        let folder = try sandbox.saveContent(
            sandbox.listing([
                entry("bad", .directory(bad)), entry("gone", .directory(missing())),
                entry("good", .directory(good)), entry("unlisted", .directory(unlisted)),
            ]))
        for name in ["one", "two"] {
            _ = try sandbox.plant(
                listing: sandbox.listing([
                    entry(name, .fifo), entry("x", .directory(folder)), entry("z-hit", .fifo),
                ]))
        }
        let run = try sandbox.find(
            FindCriteria(glob: "*hit"), in: sandbox.manifests(), memoryInBytes: memory)
        #expect(run.found == ["0:x/good/hit", "0:z-hit", "1:x/good/hit", "1:z-hit"])
        let expected = ["bad", "gone", "unlisted"]
        #expect(run.damaged == expected.map { "0:x/\($0)" } + expected.map { "1:x/\($0)" })
        #expect(run.counts.damaged == 6)
    }

    @Test func `a damaged root is named`() throws {
        for content in [missing(), Content(sizeInBytes: 1, levels: 1, chunks: missing().chunks)] {
            _ = try sandbox.plant(root: content)
        }
        let run = try sandbox.find(FindCriteria(glob: "*"), in: sandbox.manifests())
        #expect(run.damaged == ["0:", "1:"] && run.found.isEmpty)
    }

    @Test func `a snapshot that others remove meanwhile is passed over, or ends the search`() throws
    {
        for number in 0..<3 {
            let file = sandbox.source.appending("file-\(number)")
            try file.write([UInt8(number)])
            _ = try sandbox.snapshot()
            try file.remove()
        }
        let manifests = try sandbox.manifests()
        let index = try sandbox.open().openIndex()
        try sandbox.forget([manifests[1].id])
        try sandbox.prune()
        let criteria = try FindCriteria(glob: "file-*")
        let run = try sandbox.find(criteria, in: manifests, index: index)
        #expect(run.found == ["0:file-0", "2:file-2"])
        #expect(run.lost == [1] && run.damaged.isEmpty)
        #expect(run.counts.lost == 1 && run.counts.snapshots == 2)
        #expect(throws: RepositoryError(.changed, "", cause: "")) {
            try sandbox.find(criteria, in: manifests) { $0.passesOverLost = false }
        }
    }

    @Test func `a store that fails ends the search`() throws {
        try sandbox.source.appending("file").write([1])
        _ = try sandbox.snapshot()
        let manifests = try sandbox.manifests()
        let faulty = FaultyStore(sandbox.store)
        let index = try sandbox.open(through: faulty).openIndex()
        faulty.set(.init(.get, call: 1, isPermanent: true))
        #expect(throws: StoreError.self) {
            try sandbox.find(
                FindCriteria(glob: "*"), in: manifests, index: index, through: faulty)
        }
    }
}

import Checking
import SnapshotModel
import TestSupport
import Testing

/// Values of extended attributes that are stored as chunks count as the content of files does.
struct AttributeTests {
    private let sandbox: Sandbox
    private let metadata: Metadata

    init() throws {
        sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 1)
        metadata = generator.metadata()
    }

    private func attribute(_ content: Content) -> ExtendedAttribute {
        ExtendedAttribute(name: Array("user.a".utf8), value: .content(content))
    }

    private func entry(_ name: String, _ content: Content) -> Entry {
        Entry(
            name: FileName(name), kind: .directory(.empty), metadata: metadata,
            extendedAttributes: [attribute(content)])
    }

    /// A value of which no pack has anything.
    private var missing: Content {
        var generator = SeededGenerator(seed: 2)
        return Content(sizeInBytes: 5, levels: 0, chunks: [generator.chunkID()])
    }

    @Test func `a value that is there is no problem`() throws {
        let value = try sandbox.saveContent(Array("value".utf8))
        _ = try sandbox.plant(listing: sandbox.listing([entry("a", value)]))
        _ = try sandbox.plant(root: .empty, [attribute(value)])
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a value that is missing is one, in each snapshot that has it`() throws {
        let inner = try sandbox.saveContent(sandbox.listing([entry("a", missing)]))
        let outer = Entry(name: FileName("deep"), kind: .directory(inner), metadata: metadata)
        let snapshots = try (0..<2).map { _ in
            try sandbox.plant(listing: sandbox.listing([outer]))
        }
        let problems = try sandbox.check().problems
        #expect(Set(problems.compactMap(\.snapshot)) == Set(snapshots))
        #expect(problems.allSatisfy { $0.kind == .file && $0.subject == "/deep/a" })
        let prefix = "extended attribute user.a: no pack has chunk"
        #expect(problems.allSatisfy { $0.reason.hasPrefix(prefix) })
    }

    @Test func `so is one of another size, and one of the root`() throws {
        let value = try sandbox.saveContent(Array("value".utf8))
        let longer = Content(sizeInBytes: 6, levels: 0, chunks: value.chunks)
        let listed = try sandbox.plant(listing: sandbox.listing([entry("a", longer)]))
        let root = try sandbox.plant(root: .empty, [attribute(missing)])
        let problems = try sandbox.check().problems
        #expect(problems.count == 2)
        let bySnapshot = Dictionary(grouping: problems, by: \.snapshot)
        #expect(bySnapshot[listed]?.first?.reason.hasSuffix("5 bytes, expected 6") == true)
        #expect(bySnapshot[root]?.first?.subject == "/")
    }

    @Test func `values count among what a snapshot refers to`() throws {
        let values = try ["one", "two"].map { try sandbox.saveContent(Array($0.utf8)) }
        let listing = sandbox.listing([entry("a", values[0]), entry("b", values[1])])
        let content = try sandbox.saveContent(listing)
        let id = try sandbox.plant(root: content, [attribute(values[0])])
        let statistics = try SnapshotStatistics(of: sandbox.manifest(id), in: sandbox.open())
        #expect(statistics.chunks == 3)
        #expect(statistics.plainBytes == UInt64(listing.count) + 6)
    }
}

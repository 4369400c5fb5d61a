import FileHandles
import SnapshotModel
import TestSupport
import Testing

@testable import StatCaching

/// Local copies of small packs.
struct PackFolderTests {
    private let directory: TemporaryDirectory
    private let files: FolderFiles
    private let pack: PackID

    init() throws {
        directory = try TemporaryDirectory()
        var generator = SeededGenerator(seed: 1)
        pack = PackID(generator.digest())
        files = FolderFiles(
            cache: directory.path, repository: RepositoryID(using: &generator), host: "h",
            paths: [[0x2F]])
    }

    @Test func `a pack is kept part by part, replaced, and dropped`() throws {
        files.prepare()
        #expect(files.packs.packs.isEmpty)
        #expect(files.packs.bytes(of: pack) == nil)
        files.packs.keep(pack, parts: [[1, 2], [], [3]])
        #expect(files.packs.packs.map(\.id) == [pack])
        #expect(files.packs.packs.map(\.sizeInBytes) == [3])
        #expect(files.packs.bytes(of: pack) == [1, 2, 3])
        files.packs.keep(pack, parts: [[4]])
        #expect(files.packs.bytes(of: pack) == [4])
        let path = DiskPath(files.state.dropLast(38) + Array("\(pack).pack".utf8))
        #expect(try path.status().permissions == 0o600)
        files.packs.drop([pack, PackID(.zero)])
        #expect(files.packs.packs.isEmpty)
    }

    @Test func `files of other names are no packs, and count as what they are`() throws {
        files.prepare()
        files.packs.keep(pack, parts: [[1]])
        let folder = DiskPath(directory.path).appending(try #require(folderName))
        for name in ["uploads", "x.pack", "\(pack)", "\(pack).pack.1f.new", "\(pack).packs"] {
            try folder.appending(name).write([1])
        }
        try folder.appending("\(PackID(.zero)).pack").makeDirectory()
        #expect(files.packs.packs.map(\.id) == [pack])
        // The journal and what was left half-written are varve's, too.
        #expect(FolderCaches.usage(cacheDirectory: directory.path).files == 3)
        #expect(FolderCaches.clear(cacheDirectory: directory.path).files == 3)
        #expect(files.packs.packs.isEmpty)
    }

    @Test func `without a folder nothing is kept, and nothing fails`() {
        files.packs.keep(pack, parts: [[1]])
        #expect(files.packs.packs.isEmpty)
        files.packs.drop([pack])
    }

    private var folderName: String? {
        get throws {
            try DiskPath(directory.path).names().first.map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

import Exporting
import FileHandles
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Files with several names, and what files carry beside their content.
struct LinkTests {
    private func isOneFile(_ paths: DiskPath...) throws -> Bool {
        Set(try paths.map { try $0.status().inode }).count == 1
    }

    @Test func `names of one file are names of one file again`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.appending("folder").makeDirectory()
        let first = sandbox.source.appending("a")
        try first.write([1, 2, 3])
        try sandbox.source.appending("folder/b").makeHardLink(to: first)
        try sandbox.source.appending("folder/c").makeHardLink(to: first)
        let id = try sandbox.snapshot().report.id
        let target = sandbox.freshPath()
        let run = try sandbox.export(id)
        #expect(try run.extract(to: target) == "")
        #expect(try compareTrees(sandbox.source, target) == [])
        #expect(
            try isOneFile(
                target.appending("a"), target.appending("folder/b"), target.appending("folder/c")))
    }

    @Test func `where the first name is outside, the next one stands for it`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.appending("folder").makeDirectory()
        let first = sandbox.source.appending("a")
        try first.write([1, 2, 3])
        try sandbox.source.appending("folder/b").makeHardLink(to: first)
        try sandbox.source.appending("folder/c").makeHardLink(to: first)
        let run = try sandbox.export(sandbox.snapshot().report.id, path: "folder")
        let target = sandbox.freshPath()
        #expect(try run.extract(to: target) == "")
        #expect(try target.appending("c").read() == [1, 2, 3])
        #expect(try isOneFile(target.appending("b"), target.appending("c")))
    }

    @Test func `a first name that has vanished is done without`() throws {
        let sandbox = try Sandbox()
        let content = try sandbox.saveContent([4, 5, 6])
        let entries = ["x", "y"].map { name in
            Entry(
                name: FileName(name), kind: .file(content),
                metadata: Metadata(
                    mode: 0o644, userID: geteuid(), groupID: getegid(),
                    modified: Timestamp(seconds: 1, nanoseconds: 0)),
                hardLink: TreePath(Array("gone/file".utf8)))
        }
        let id = try sandbox.plant(listing: sandbox.listing(entries))
        let target = sandbox.freshPath()
        #expect(try sandbox.export(id).extract(to: target) == "")
        #expect(try target.appending("y").read() == [4, 5, 6])
        #expect(try isOneFile(target.appending("x"), target.appending("y")))
    }

    @Test func `further names of a damaged file are left out as well`() throws {
        let sandbox = try Sandbox()
        let first = sandbox.source.appending("a")
        var generator = SeededGenerator(seed: 5)
        try first.write(generator.bytes(50_000))
        try sandbox.source.appending("b").makeHardLink(to: first)
        let id = try sandbox.snapshot().report.id
        let faulty = FaultyStore(sandbox.store)
        let pack = try #require(sandbox.keys(ObjectNames.packs).first)
        try faulty.flip(pack, bit: 8 * 10_000)
        let run = try sandbox.export(id, through: faulty)
        #expect(run.damaged == [[0x61], [0x62]])
        let target = sandbox.freshPath()
        #expect(try run.extract(to: target) == "")
        #expect(try target.names().isEmpty)
    }

    @Test(.enabled(if: hasUserAttributes, "the file system has no user attributes"))
    func `extended attributes, small and large`() throws {
        let sandbox = try Sandbox()
        let file = sandbox.source.appending("file")
        try file.write([1])
        try file.setAttribute("user.small", [0, 1, 0xFF])
        try sandbox.source.setAttribute("user.folder", Array("root".utf8))
        let run = try sandbox.export(sandbox.snapshot().report.id)
        let target = DiskPath(sandbox.directory.appending("extracted"))
        #expect(try run.extract(to: target) == "")
        #expect(try target.appending("file").attributes() == file.attributes())
        #expect(try target.attributes() == sandbox.source.attributes())
    }

    @Test func `a large attribute comes from its chunks, or is named`() throws {
        let sandbox = try Sandbox()
        var generator = SeededGenerator(seed: 6)
        let value = generator.bytes(30_000)
        let content = try sandbox.saveContent(value)
        let lost = Content(sizeInBytes: 3, levels: 0, chunks: [generator.chunkID()])
        let id = try sandbox.plant(
            root: .empty,
            [
                ExtendedAttribute(name: Array("user.large".utf8), value: .content(content)),
                ExtendedAttribute(name: Array("user.lost".utf8), value: .content(lost)),
            ])
        let run = try sandbox.export(id)
        #expect(run.damaged == [[]])
        let script = """
            import sys, tarfile
            for member in tarfile.open(fileobj=sys.stdin.buffer, mode="r|"):
                print(sorted((k, len(v)) for k, v in member.pax_headers.items()))
            """
        let found = try Command(["python3", "-c", script], input: run.stream).text
        #expect(found.hasPrefix("[('SCHILY.xattr.user.large', "))
        #expect(!found.contains("lost"))
    }
}

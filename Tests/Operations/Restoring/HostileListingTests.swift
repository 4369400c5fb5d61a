import FileHandles
import RepositoryFormat
import Restoring
import SnapshotModel
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Whoever can write to the repository must not be able to write outside of a restore's target.
struct HostileListingTests {
    private let sandbox: Sandbox
    private let metadata = Metadata(
        mode: 0o644, userID: geteuid(), groupID: getegid(),
        modified: Timestamp(seconds: 1, nanoseconds: 0))

    init() throws { sandbox = try Sandbox(seed: 31) }

    private func file(_ name: [UInt8], _ text: String) throws -> Entry {
        let content = try sandbox.saveContent(Array(text.utf8))
        return Entry(name: FileName(name), kind: .file(content), metadata: metadata)
    }

    /// Restores into a folder of its own, and looks at what is around it afterwards.
    private func restore(_ listing: [UInt8]) throws -> RestoreRun {
        let around = sandbox.freshPath("around")
        try around.makeDirectory()
        try around.appending("victim").write(Array("untouched".utf8))
        let id = try sandbox.plant(listing: listing)
        let run = try sandbox.restore(id, to: around.appending("target"))
        #expect(try around.names() == ["target", "victim"].map { Array($0.utf8) })
        #expect(try around.appending("victim").read() == Array("untouched".utf8))
        return run
    }

    @Test(arguments: [
        "..", ".", "", "../victim", "a/b", "/tmp/varve-hostile", "a\u{0}b", "victim/",
    ])
    func `names that lead elsewhere are refused`(name: String) throws {
        let bad = try file(Array(name.utf8), "hostile")
        let run = try restore(sandbox.listing([bad]))
        #expect(run.damaged == [run.target.bytes])
        #expect(run.counts.files == 0)
        #expect(try run.target.names().isEmpty)
        #expect(!DiskPath("/tmp/varve-hostile").exists)
    }

    @Test func `directories and links of such names are refused`() throws {
        let content = try sandbox.saveContent(sandbox.listing([file(Array("x".utf8), "x")]))
        let kinds: [EntryKind] = [.directory(content), .symlink(target: [0x2F]), .fifo]
        for kind in kinds {
            let bad = Entry(name: FileName(".."), kind: kind, metadata: metadata)
            let run = try restore(sandbox.listing([bad]))
            #expect(run.damaged == [run.target.bytes])
            #expect(try run.target.names().isEmpty)
        }
    }

    @Test func `a name that comes twice, as a link and as what leads through it, is refused`()
        throws
    {
        let inner = try sandbox.saveContent(
            sandbox.listing([file(Array("victim".utf8), "hostile")]))
        let name = FileName("dir")
        let link = Entry(
            name: name, kind: .symlink(target: Array("..".utf8)), metadata: metadata)
        let directory = Entry(name: name, kind: .directory(inner), metadata: metadata)
        for entries in [[link, directory], [directory, link]] {
            let run = try restore(sandbox.listing(entries))
            #expect(run.damaged == [run.target.bytes])
        }
    }

    @Test func `a hard link through a symbolic one is a file of its own`() throws {
        let content = try sandbox.saveContent(Array("hostile".utf8))
        let entries = [
            Entry(
                name: FileName("dir"), kind: .symlink(target: Array("..".utf8)),
                metadata: metadata),
            Entry(
                name: FileName("file"), kind: .file(content), metadata: metadata,
                hardLink: TreePath(Array("dir/victim".utf8))),
        ]
        let run = try restore(sandbox.listing(entries))
        let file = run.target.appending("file")
        #expect(try file.read() == Array("hostile".utf8))
        #expect(try file.status().linkCount == 1)
        // Nor does a path that leads out by itself get that far.
        let line = String(decoding: sandbox.listing([entries[1]]), as: UTF8.self)
        for path in ["../victim", "/etc/passwd", "dir/../../victim"] {
            let bad = try restore(Array(line.replacing("dir/victim", with: path).utf8))
            #expect(bad.damaged == [bad.target.bytes])
            #expect(try bad.target.names().isEmpty)
        }
    }

    @Test func `devices with numbers that no system has are named, and not made`() throws {
        let wild = DeviceNumber(major: .max, minor: .max)
        let entries = [EntryKind.characterDevice(wild), .blockDevice(wild)].enumerated().map {
            Entry(name: FileName("device \($0)"), kind: $1, metadata: metadata)
        }
        let run = try restore(sandbox.listing(entries + [file(Array("x".utf8), "good")]))
        #expect(run.counts.shortfalls.map(\.kind) == [.device])
        #expect(run.counts.shortfalls.first?.entries == 2)
        #expect(try run.target.names() == [Array("x".utf8)])
    }

    @Test func `attributes that claim to be large are not believed`() throws {
        let content = try sandbox.saveContent(Array("small".utf8))
        func entries(_ size: UInt64) throws -> [UInt8] {
            let value = Content(sizeInBytes: size, levels: 0, chunks: content.chunks)
            let attribute = ExtendedAttribute(
                name: Array("user.large".utf8), value: .content(value))
            let small = try sandbox.saveContent([1])
            return sandbox.listing([
                Entry(
                    name: FileName("file"), kind: .file(small), metadata: metadata,
                    extendedAttributes: [attribute])
            ])
        }
        // A gigabyte is more than the format takes; the listing with it is refused.
        let large = try restore(entries(1 << 30))
        #expect(large.damaged == [large.target.bytes] && large.counts.files == 0)
        // As much as it takes is asked for, and found to be something else.
        let most = try restore(entries(16 * 1024 * 1024))
        let file = most.target.appending("file")
        #expect(most.damaged == [file.bytes])
        #expect(try file.read() == [1])
    }

    @Test(.enabled(if: geteuid() == 0 && hasFlags, "only root may make files immutable"))
    func `what is immutable in a hostile tree stays in the target`() throws {
        let content = try sandbox.saveContent(sandbox.listing([file(Array("x".utf8), "x")]))
        let entries = [
            Entry(
                name: FileName("dir"), kind: .symlink(target: Array("..".utf8)),
                metadata: metadata),
            Entry(
                name: FileName("folder"), kind: .directory(content), metadata: metadata,
                flags: .immutable),
        ]
        let run = try restore(sandbox.listing(entries))
        #expect(run.problems == [])
        #expect(try run.target.appending("folder").flags() == .immutable)
        #expect(try run.target.parent.appending("victim").flags() == [])
        #expect(try run.target.parent.flags() == [])
    }

    @Test func `names out of order are refused`() throws {
        let entries = try ["b", "a"].map { try file(Array($0.utf8), $0) }
        let run = try restore(sandbox.listing(entries))
        #expect(run.damaged == [run.target.bytes])
    }

    @Test func `a tree deeper than any usual one is restored`() throws {
        var content = Content.empty
        for _ in 0..<300 {
            let entry = Entry(
                name: FileName([UInt8](repeating: 0x64, count: 10)), kind: .directory(content),
                metadata: metadata)
            content = try sandbox.saveContent(sandbox.listing([entry]))
        }
        let run = try sandbox.restore(sandbox.plant(root: content))
        #expect(run.counts.directories == 301)
    }

    @Test func `the rest of the tree is restored`() throws {
        let bad = try sandbox.saveContent(sandbox.listing([file(Array("..".utf8), "hostile")]))
        let entries = [
            try file(Array("a".utf8), "good"),
            Entry(name: FileName("b"), kind: .directory(bad), metadata: metadata),
            try file(Array("c".utf8), "good too"),
        ]
        let run = try restore(sandbox.listing(entries))
        #expect(run.damaged == [run.target.appending("b").bytes])
        #expect(try run.target.appending("a").read() == Array("good".utf8))
        #expect(try run.target.appending("c").read() == Array("good too".utf8))
        #expect(try run.target.appending("b").names().isEmpty)
    }

    @Test func `keys of a newer version are named and everything else is restored`() throws {
        let line = String(decoding: sandbox.listing([try file([0x61], "new")]), as: UTF8.self)
        let extended = line.replacing("}\n", with: ",\"born\":{}}\n")
        let run = try restore(Array(extended.utf8))
        #expect(run.failed == [run.target.appending("a").bytes])
        #expect(try run.target.appending("a").read() == Array("new".utf8))
    }
}

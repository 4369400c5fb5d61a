import Exporting
import FileHandles
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What comes out of GNU tar is what went into the snapshot.
struct ExtractionTests {
    /// So small that every tree has many segments, and files that go on over several.
    private static func makeSmall(_ settings: inout ExportSettings) {
        settings.segmentInBytes = 20_000
        settings.partInBytes = 4_000
        settings.gapInBytes = 500
        settings.requestsInFlight = 3
    }

    @Test(arguments: seeds(count: 6))
    func `a random tree comes back`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed, averageChunkInBytes: 4096)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 80)
        var id = try sandbox.snapshot().report.id
        #expect(try sandbox.exportDifferences(id) == [], "seed \(seed)")
        try sandbox.waitForTick()
        let edits = try tree.edit(count: 20)
        id = try sandbox.snapshot().report.id
        let differences = try sandbox.exportDifferences(id, change: Self.makeSmall)
        #expect(differences == [], "seed \(seed): \(edits)")
    }

    @Test func `names of any bytes, long paths`() throws {
        let sandbox = try Sandbox()
        let names: [[UInt8]] = [
            Array("line\nfeed".utf8), [UInt8](repeating: 0x6E, count: 255), [0xFF, 0xFE],
            Array("-option".utf8), Array("Zoë".utf8), Array("a b\\c".utf8),
        ]
        var directory = sandbox.source
        for name in names {
            try directory.appending([0x2E] + name.dropLast()).write(name)
            try directory.appending([0x2B] + name.dropLast()).makeLink(to: name)
            directory = directory.appending(name)
            try directory.makeDirectory()
        }
        for _ in 0..<6 {
            directory = directory.appending([UInt8](repeating: 0xE4, count: 200))
            try directory.makeDirectory()
        }
        try directory.appending("leaf").write([1])
        let id = try sandbox.snapshot().report.id
        #expect(try sandbox.exportDifferences(id) == [])
    }

    @Test func `holes come out as holes`() throws {
        let sandbox = try Sandbox()
        let file = sandbox.source.appending("sparse")
        try file.truncate(to: 9 * 1024 * 1024 * 1024)
        try file.overwrite(Array("in the middle".utf8), at: 5_000_000_123)
        try sandbox.source.appending("zeros").write([UInt8](repeating: 0, count: 3_000))
        let run = try sandbox.export(sandbox.snapshot().report.id)
        #expect(run.stream.count < 1024 * 1024)
        #expect(run.counts.bytes == 9 * 1024 * 1024 * 1024 + 3_000)
        let target = sandbox.freshPath()
        #expect(try run.extract(to: target) == "")
        let copy = target.appending("sparse")
        #expect(try copy.status().sizeInBytes == file.status().sizeInBytes)
        let used = try Command(["du", "-k", copy.text]).text.prefix { $0 != "\t" }
        #expect(try #require(Int(used)) < 1024)
        let same = try Command(["cmp", "-i", "4999000000", "-n", "2000000", file.text, copy.text])
        #expect(same.exitCode == 0, "\(same.text)\(same.error)")
        #expect(try target.appending("zeros").read() == [UInt8](repeating: 0, count: 3_000))
    }

    @Test func `a part is named from it on, a file by its name`() throws {
        let sandbox = try Sandbox()
        for folder in ["outer", "outer/inner"] {
            try sandbox.source.appending(folder).makeDirectory()
        }
        try sandbox.source.appending("outer/inner/file").write([1, 2])
        let id = try sandbox.snapshot().report.id
        func names(_ path: String) throws -> [Substring] {
            let run = try sandbox.export(id, path: path)
            return try Command(["tar", "-t"], input: run.stream).text.split(separator: "\n")
        }
        #expect(try names("") == ["./", "./outer/", "./outer/inner/", "./outer/inner/file"])
        #expect(try names("outer") == ["./", "./inner/", "./inner/file"])
        #expect(try names("outer/inner/file") == ["file"])
    }

    @Test(.enabled(if: geteuid() == 0, "device files need root"))
    func `devices, pipes and owners`() throws {
        let sandbox = try Sandbox()
        let directory = try FileHandle.openDirectory(path: sandbox.source.bytes)
        try directory.makeNode(name: [0x6E], mode: S_IFCHR | 0o640, major: 1, minor: 3)
        try directory.makeNode(name: [0x6C], mode: S_IFBLK | 0o600, major: 7, minor: 300)
        try sandbox.source.appending("pipe").makePipe()
        try sandbox.source.appending("tool").write([1])
        try sandbox.source.appending("tool").setOwner(3_000_000, 4_000_000)
        try sandbox.source.appending("tool").setPermissions(0o6755)
        #expect(try sandbox.exportDifferences(sandbox.snapshot().report.id) == [])
    }

    @Test func `names of owners are those of the snapshot`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.appending("file").write([1])
        let id = try sandbox.snapshot().report.id
        let run = try sandbox.export(id)
        let user = try sandbox.manifest(id).users.first { $0.number == geteuid() }?.name
        let listed = try Command(["tar", "-tv"], input: run.stream).text
        #expect(listed.contains(" \(user ?? "\(geteuid())")/"))
    }

    @Test func `an empty directory is a stream with one member`() throws {
        let sandbox = try Sandbox()
        let run = try sandbox.export(sandbox.snapshot().report.id)
        #expect(run.stream.count == 10_240)
        #expect(run.counts.directories == 1)
    }
}

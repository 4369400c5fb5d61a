import FileHandles
import SnapshotModel
import TestSupport
import Testing

@testable import Snapshotting

/// How further names of a file find the first one.
struct LinkGroupsTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    private func file(_ name: String, names: Int) throws -> FileStatus {
        let file = DiskPath(directory.appending(name))
        try file.write([1])
        for number in 1..<max(2, names) where names > 1 {
            try DiskPath(directory.appending("\(name)-\(number)")).makeHardLink(to: file)
        }
        return try file.status()
    }

    private func path(_ text: String) -> TreePath {
        TreePath(directory: [], name: Array(text.utf8))
    }

    @Test func `the first name has no link, further ones lead to it`() throws {
        let status = try file("f", names: 3)
        var groups = LinkGroups()
        #expect(groups.firstMember(of: status, named: [0x61], in: []) == nil)
        #expect(groups.firstMember(of: status, named: [0x62], in: [0x64]) == path("a"))
        #expect(groups.firstMember(of: status, named: [0x63], in: []) == path("a"))
    }

    @Test func `a file with one name is not looked for`() throws {
        let status = try file("f", names: 1)
        var groups = LinkGroups()
        for _ in 0..<2 {
            #expect(groups.firstMember(of: status, named: [0x61], in: []) == nil)
        }
    }

    @Test func `two files do not mix, and directories never take part`() throws {
        let statuses = [try file("f", names: 2), try file("g", names: 2)]
        var groups = LinkGroups()
        for status in statuses {
            #expect(groups.firstMember(of: status, named: [0x61], in: []) == nil)
        }
        let inner = DiskPath(directory.appending("d"))
        try inner.makeDirectory()
        #expect(try inner.status().linkCount >= 1)
        for _ in 0..<2 {
            #expect(try groups.firstMember(of: inner.status(), named: [0x61], in: []) == nil)
        }
    }

    @Test func `a path beyond the limit makes files of their own`() throws {
        let status = try file("f", names: 3)
        let deep = [UInt8](repeating: 0x61, count: 64 * 1024)
        var groups = LinkGroups()
        for _ in 0..<3 {
            #expect(groups.firstMember(of: status, named: [0x61], in: deep) == nil)
        }
    }

    @Test func `what was lost is replaced by the next, and all others follow`() {
        var corrections = LinkCorrections()
        #expect(corrections.isEmpty)
        #expect(corrections.correct(path("a"), at: path("b")) == path("a"))
        corrections.lose(path("a"))
        #expect(corrections.isLost(path("a")))
        #expect(corrections.correct(nil, at: path("x")) == nil)
        #expect(corrections.correct(path("other"), at: path("x")) == path("other"))
        #expect(corrections.correct(path("a"), at: path("b")) == nil)
        #expect(corrections.correct(path("a"), at: path("c")) == path("b"))
        #expect(corrections.correct(path("a"), at: path("d")) == path("b"))
    }

    @Test func `a reading serves all names of a file until that changes`() throws {
        let status = try file("f", names: 2)
        let single = try file("g", names: 1)
        func reading(_ status: FileStatus, isTorn: Bool = false) -> FileReading {
            FileReading(
                content: .empty, attributes: [], attributeProblem: nil, flags: [], status: status,
                hasHoles: false, isTorn: isTorn)
        }
        let reads = LinkedReads()
        #expect(reads.reading(of: status) == nil)
        reads.remember(reading(status, isTorn: true))
        #expect(reads.reading(of: status) == nil)
        reads.remember(reading(single))
        #expect(reads.reading(of: single) == nil)
        reads.remember(reading(status))
        #expect(reads.reading(of: status)?.status == status)
        try waitForTick(in: directory.path)
        try DiskPath(directory.appending("f")).write([2])
        let changed = try DiskPath(directory.appending("f")).status()
        #expect(reads.reading(of: changed) == nil)
    }
}

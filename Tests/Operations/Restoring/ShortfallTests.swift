import FileHandles
import FileTree
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

@testable import Restoring

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a place does not take is counted by what it is.
struct ShortfallTests {
    @Test func `attributes are told apart by the usual namespaces only`() {
        func kind(_ name: String) -> Shortfall.Kind { .attribute(Array(name.utf8)) }
        #expect(kind("user.a") == .namespace("user."))
        #expect(kind("trusted.a.b") == .namespace("trusted."))
        #expect(kind("security.capability") == .namespace("security."))
        #expect(kind("system.posix_acl_access") == .accessControlList)
        #expect(kind("system.posix_acl_default") == .accessControlList)
        #expect(kind("system.nfs4_acl") == .accessControlList)
        #expect(kind("system.other") == .namespace("system."))
        var table = ShortfallTable()
        for number in 0..<1000 {
            table.add(
                Shortfall(kind: kind("made up \(number).x"), reason: "", example: []))
        }
        #expect(table.all.map(\.entries) == [1000])
    }

    @Test func `entries are counted by what they lack and why, the most first`() {
        var table = ShortfallTable()
        for (kind, reason, count) in [
            (Shortfall.Kind.owner, "a", 2), (.owner, "b", 3), (.setID, "a", 5), (.socket, "", 1),
        ] {
            for number in 0..<count {
                table.add(Shortfall(kind: kind, reason: reason, example: [UInt8(number)]))
            }
        }
        #expect(table.all.map(\.entries) == [5, 3, 2, 1])
        #expect(table.all.map(\.kind) == [.setID, .owner, .owner, .socket])
        #expect(table.all.allSatisfy { $0.example == [0] })
    }

    @Test func `errors that are the place's fault are known by number and call`() {
        func kind(_ number: CInt, _ call: String) -> Shortfall.Kind? {
            Shortfall.Kind(SystemCallError(number: number, call: call, path: []))
        }
        #expect(kind(ENAMETOOLONG, "open") == .name)
        #expect(kind(EILSEQ, "mkdir") == .name)
        #expect(kind(EINVAL, "open") == .name)
        #expect(kind(EINVAL, "write") == nil)
        #expect(kind(EFBIG, "write") == .size)
        #expect(kind(EIO, "open") == nil)
        #expect(kind(EACCES, "open") == nil)
    }

    @Test func `an entry is one failure, whatever it lacks`() {
        let results = RestoreResults { _ in }
        var lacks = EntryShortfalls()
        lacks.add(.owner, SystemCallError(number: EPERM, call: "chown", path: []))
        lacks.add(.namespace("user."), SystemCallError(number: E2BIG, call: "setxattr", path: []))
        lacks.add(.namespace("user."), "another one")
        results.note(lacks, [1])
        results.note(.device, "not permitted", [2])
        #expect(results.current.failed == 2)
        #expect(results.shortfalls.count == 3)
        #expect(results.shortfalls.contains { $0.reason == "too large" })
        // A file that lacks metadata is there, and is verified; a device is not.
        #expect(!results.hasFailed([1]) && results.hasFailed([2]))
    }

    @Test(.enabled(if: hasUserAttributes, "the temporary folders take no user attributes"))
    func `without attributes none are set, none are taken away, and none are made up`() throws {
        let sandbox = try Sandbox(seed: 62)
        let source = sandbox.source
        let target = DiskPath(sandbox.directory.appending("target"))
        try source.appending("folder").makeDirectory()
        try source.appending("file").write([1])
        try source.setAttribute("user.a", [1])
        for name in ["file", "folder"] { try source.appending(name).setAttribute("user.a", [1]) }
        let id = try sandbox.snapshot().report.id
        func restore() throws -> RestoreRun {
            try sandbox.restore(id, to: target) { settings in
                settings.setsAttributes = false
                settings.memory = sandbox.memory()
            }
        }
        #expect(try restore().problems == [])
        for path in [target, target.appending("file"), target.appending("folder")] {
            #expect(try path.attributes() == [:])
        }
        try target.appending("file").setAttribute("user.own", [2])
        let again = try restore()
        #expect(again.problems == [] && again.counts.unchanged == 1)
        #expect(try target.appending("file").attributes() == ["user.own": [2]])
        // The next snapshot of the folder finds what it has, not what it should have.
        let taken = try sandbox.snapshot { $0.sources = [target.bytes] }.report.id
        try target.appending("file").removeAttribute("user.own")
        try target.appending("file").setAttribute("user.other", [3])
        let run = try sandbox.restore(taken, to: target)
        #expect(run.problems == [])
        #expect(try target.appending("file").attributes() == ["user.own": [2]])
        #expect(try target.appending("folder").attributes() == [:])
    }

    @Test func `a name that the file system does not take is counted, and the rest is restored`()
        throws
    {
        let sandbox = try Sandbox(seed: 63)
        // Of the longest name the temporary one fits, for it is cut; a longer one fits nowhere.
        let long = FileName([UInt8](repeating: 0x61, count: 300))
        let metadata = Metadata(
            mode: 0o644, userID: geteuid(), groupID: getegid(),
            modified: Timestamp(seconds: 1, nanoseconds: 0))
        let content = try sandbox.saveContent([1, 2])
        let entries = [
            Entry(name: long, kind: .file(content), metadata: metadata),
            Entry(name: FileName("b"), kind: .file(content), metadata: metadata),
        ]
        let id = try sandbox.plant(listing: sandbox.listing(entries))
        let run = try sandbox.restore(id)
        #expect(run.counts.shortfalls.map(\.kind) == [.name])
        #expect(try run.target.names() == [[0x62]])
    }
}

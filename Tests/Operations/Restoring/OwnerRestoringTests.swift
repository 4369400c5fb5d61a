import FileHandles
import Restoring
import SnapshotModel
import Snapshotting
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Owners come back by name, by number, or not at all.
@Suite(.enabled(if: geteuid() == 0, "only root can give files away"))
struct OwnerRestoringTests {
    private let sandbox: Sandbox
    private let target: DiskPath
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 61)
        target = DiskPath(sandbox.directory.appending("target"))
        let source = sandbox.source
        try source.appending("folder").makeDirectory()
        try source.appending("tool").write([1])
        try source.appending("link").makeLink(to: [0x61])
        try source.appending("pipe").makePipe()
        for name in ["folder", "tool", "link", "pipe"] {
            try source.appending(name).setOwner(4321, 4322)
        }
        try source.appending("tool").setPermissions(0o6755)
        id = try sandbox.snapshot().report.id
    }

    private func restore(
        _ owners: OwnerPolicy, accounts: AccountLookup = .ofThisMachine
    ) throws -> RestoreRun {
        try sandbox.restore(id, to: target) { settings in
            settings.owners = owners
            settings.accounts = accounts
            settings.memory = sandbox.memory()
            settings.manifest?.users = [AccountName(number: 4321, name: "ann")]
            settings.manifest?.groups = [AccountName(number: 4322, name: "staff")]
        }
    }

    private func owners() throws -> Set<[UInt32]> {
        Set(
            try ["folder", "tool", "link", "pipe"].map { name in
                let status = try target.appending(name).status()
                return [status.userID, status.groupID]
            })
    }

    private let accounts = AccountLookup(
        user: { ["ann": 5001][$0] }, group: { ["staff": 5002][$0] })

    @Test func `by the names that this machine has, and what is there already follows`() throws {
        #expect(try restore(.byNumber).problems == [])
        #expect(try owners() == [[4321, 4322]])
        #expect(try restore(.byName, accounts: accounts).problems == [])
        #expect(try owners() == [[5001, 5002]])
        #expect(try target.appending("tool").status().permissions == 0o6755)
        // What is as it should be stays so.
        #expect(try restore(.byName, accounts: accounts).counts.unchanged == 3)
        let nobody = AccountLookup(user: { _ in nil }, group: { _ in nil })
        #expect(try restore(.byName, accounts: nobody).problems == [])
        #expect(try owners() == [[4321, 4322]])
    }

    @Test func `not at all, without a word, and without their rights`() throws {
        let run = try restore(.none)
        #expect(run.problems == [] && run.counts.failed == 0)
        #expect(try owners() == [[0, 0]])
        #expect(try target.appending("tool").status().permissions == 0o755)
        #expect(try restore(.none).counts.unchanged == 3)
        // Whoever gave something away meanwhile has done so on purpose.
        try target.appending("pipe").setOwner(6001, 6001)
        #expect(try restore(.none).problems == [])
        #expect(try target.appending("pipe").status().userID == 6001)
    }

    @Test func `what cannot be set is counted, one entry or many`() throws {
        try target.makeDirectory()
        try target.setOwner(65_534, 65_534)
        try target.parent.setPermissions(0o755)
        try withoutPrivileges {
            let run = try restore(.byNumber)
            let kinds = run.counts.shortfalls.map(\.kind)
            #expect(kinds.contains(.owner) && kinds.contains(.setID))
            let owner = run.counts.shortfalls.first { $0.kind == .owner }
            // The target itself is another one's, too.
            #expect(owner?.entries == 5)
            #expect(run.counts.failed == 5)
        }
        #expect(try target.appending("tool").status().permissions == 0o755)
    }
}

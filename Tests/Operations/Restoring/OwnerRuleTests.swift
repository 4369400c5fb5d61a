import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

@testable import Restoring

/// To whom entries belong on this machine, without any disk but for one file.
struct OwnerRuleTests {
    private func manifest() -> Manifest {
        var generator = SeededGenerator(seed: 1)
        var manifest = Manifest(
            id: SnapshotID(using: &generator), time: Timestamp(seconds: 0, nanoseconds: 0),
            session: SessionID(using: &generator), nonce: Nonce(using: &generator),
            root: RootEntry(content: .empty, metadata: metadata(0, 0), extendedAttributes: []))
        manifest.users = [
            AccountName(number: 0, name: "root"), AccountName(number: 7, name: "ann"),
            AccountName(number: 8, name: "bob"), AccountName(number: 9, name: "root"),
        ]
        manifest.groups = [
            AccountName(number: 0, name: "wheel"), AccountName(number: 7, name: "staff"),
        ]
        return manifest
    }

    private func metadata(_ user: UInt32, _ group: UInt32, mode: UInt16 = 0o644) -> Metadata {
        Metadata(
            mode: mode, userID: user, groupID: group,
            modified: Timestamp(seconds: 0, nanoseconds: 0))
    }

    private let accounts = AccountLookup(
        user: { ["root": 0, "ann": 1007][$0] }, group: { ["wheel": 10, "staff": 50][$0] })

    private func owners(
        _ policy: OwnerPolicy, _ user: UInt32, _ group: UInt32
    ) -> [UInt32] {
        let local = OwnerRule(policy, manifest(), accounts).local(metadata(user, group))
        return [local.userID, local.groupID]
    }

    @Test func `names count first, then numbers`() {
        #expect(owners(.byName, 7, 7) == [1007, 50])
        // Nobody here has that name, and nobody there had that number.
        #expect(owners(.byName, 8, 99) == [8, 99])
        for policy in [OwnerPolicy.byNumber, .none] {
            #expect(owners(policy, 7, 7) == [7, 7])
        }
        #expect(OwnerRule(.byName, nil, accounts).local(metadata(7, 7)) == metadata(7, 7))
    }

    @Test func `the superuser stays the superuser, and nobody becomes that by a name`() {
        #expect(owners(.byName, 0, 0) == [0, 0])
        #expect(owners(.byName, 9, 0) == [9, 0])
    }

    @Test func `setuid and setgid go where the owner is another one`() throws {
        let directory = try TemporaryDirectory()
        let file = DiskPath(directory.appending("file"))
        try file.write([1])
        let status = try file.status()
        let (user, group) = (status.userID, status.groupID)
        let rule = OwnerRule()
        func mode(_ user: UInt32, _ group: UInt32) -> UInt16 {
            rule.mode(of: metadata(user, group, mode: 0o7755), ownedAsIn: status)
        }
        #expect(mode(user, group) == 0o7755)
        #expect(mode(user + 1, group) == 0o3755)
        #expect(mode(user, group + 1) == 0o5755)
        #expect(mode(user + 1, group + 1) == 0o1755)
    }

    @Test func `who wants no owners has no work with them`() throws {
        let directory = try TemporaryDirectory()
        let file = DiskPath(directory.appending("file"))
        try file.write([1])
        let status = try file.status()
        let own = status.metadata
        let other = Metadata(
            mode: own.mode | 0o4000, userID: own.userID + 1, groupID: own.groupID,
            modified: own.modified)
        #expect(!OwnerRule(.none).needsOwner(other))
        #expect(!OwnerRule(.none).needsMetadata(other, status))
        #expect(OwnerRule().needsOwner(other))
        let isRoot = Machine.userID == 0
        #expect(OwnerRule().needsMetadata(other, status) == isRoot)
        #expect(OwnerRule().needsOwner(own) == isRoot)
    }

    @Test func `what was made with the right owner does not get it again`() throws {
        let directory = try TemporaryDirectory()
        let file = DiskPath(directory.appending("file"))
        try file.write([1])
        let made = try file.status()
        let own = made.metadata
        #expect(!OwnerRule().needsOwner(own, made: made))
        for (user, group) in [(1, 0), (0, 1), (1, 1)] as [(UInt32, UInt32)] {
            let other = Metadata(
                mode: own.mode, userID: own.userID + user, groupID: own.groupID + group,
                modified: own.modified)
            #expect(OwnerRule().needsOwner(other, made: made))
            #expect(!OwnerRule(.none).needsOwner(other, made: made))
        }
    }

    @Test func `the names of this machine lead back to their numbers`() throws {
        let name = try #require(Machine.userName(0))
        #expect(AccountLookup.ofThisMachine.user(name) == 0)
        let group = try #require(Machine.groupName(0))
        #expect(AccountLookup.ofThisMachine.group(group) == 0)
        #expect(AccountLookup.ofThisMachine.user("no such user") == nil)
        #expect(AccountLookup.ofThisMachine.group("no such group") == nil)
    }
}

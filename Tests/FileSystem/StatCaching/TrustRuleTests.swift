import FileHandles
import SnapshotModel
import StatCaching
import Testing

/// When the time stamps of a file prove that it has not changed.
struct TrustRuleTests {
    private static let second: UInt64 = 1_000_000_000

    /// Whether a run that begins so long after a file was changed trusts the file's stamps.
    private func trusts(
        changedAt nanoseconds: UInt32, ageInNanoseconds age: UInt64,
        on fileSystem: FileSystemKind = .local
    ) -> Bool {
        let rule = TrustRule(
            start: Timestamp(
                seconds: Int64(1_000_000 + (UInt64(nanoseconds) + age) / Self.second),
                nanoseconds: UInt32((UInt64(nanoseconds) + age) % Self.second)))
        return rule.isSettled(
            FileStatus(
                madeUp: .directory, permissions: 0o755, userID: 0, groupID: 0,
                modified: FileStatus.Time(seconds: 1_000_000, nanoseconds: nanoseconds)),
            on: fileSystem)
    }

    @Test func `where files are laid over others, this machine's clock counts`() {
        #expect(!trusts(changedAt: 1, ageInNanoseconds: 20_000_000, on: .layered))
        #expect(trusts(changedAt: 1, ageInNanoseconds: 20_000_001, on: .layered))
    }

    @Test(arguments: [FileSystemKind.network, .userSpace, .unknown], [1, 0] as [UInt32])
    func `somebody else's clock may be an hour behind`(
        fileSystem: FileSystemKind, nanoseconds: UInt32
    ) {
        let hour = 3600 * Self.second
        #expect(!trusts(changedAt: nanoseconds, ageInNanoseconds: hour, on: fileSystem))
        #expect(trusts(changedAt: nanoseconds, ageInNanoseconds: hour + 1, on: fileSystem))
    }

    @Test func `what the kernel makes up is never trusted`() {
        let age = 1000 * 24 * 3600 * Self.second
        #expect(!trusts(changedAt: 1, ageInNanoseconds: age, on: .generated))
    }

    @Test func `without the change time the modification time must have settled`() {
        let rule = TrustRule(
            start: Timestamp(seconds: 1_000_000, nanoseconds: 0),
            StampRule(ignoresChangeTime: true))
        func status(modified: Int64) -> FileStatus {
            FileStatus(
                madeUp: .directory, permissions: 0o755, userID: 0, groupID: 0,
                modified: FileStatus.Time(seconds: modified, nanoseconds: 1))
        }
        #expect(!rule.isSettled(status(modified: 1_000_000), on: .local))
        #expect(rule.isSettled(status(modified: 999_990), on: .local))
    }

    @Test(arguments: [1, 990_000_001, 999_999_999] as [UInt32])
    func `a fine clock settles within a tick`(nanoseconds: UInt32) {
        #expect(!trusts(changedAt: nanoseconds, ageInNanoseconds: 0))
        #expect(!trusts(changedAt: nanoseconds, ageInNanoseconds: 20_000_000))
        #expect(trusts(changedAt: nanoseconds, ageInNanoseconds: 20_000_001))
    }

    @Test(arguments: [0, 5_000_000, 999_000_000] as [UInt32])
    func `a coarse clock settles within two seconds`(nanoseconds: UInt32) {
        #expect(!trusts(changedAt: nanoseconds, ageInNanoseconds: 20_000_001))
        #expect(!trusts(changedAt: nanoseconds, ageInNanoseconds: 2 * Self.second))
        #expect(trusts(changedAt: nanoseconds, ageInNanoseconds: 2 * Self.second + 1))
    }

    @Test func `a change in the future is never settled, one at the beginning of time is`() {
        let time = { (seconds: Int64) in
            FileStatus(
                madeUp: .directory, permissions: 0o755, userID: 0, groupID: 0,
                modified: FileStatus.Time(seconds: seconds, nanoseconds: 1))
        }
        let rule = TrustRule(start: Timestamp(seconds: 1000, nanoseconds: 0))
        #expect(!rule.isSettled(time(1001), on: .local))
        #expect(!rule.isSettled(time(.max), on: .local))
        #expect(
            rule.isSettled(time(-1_000_000_000_000), on: .local)
                && rule.isSettled(time(.min), on: .network))
    }
}

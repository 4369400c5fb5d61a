package import FileHandles
package import SnapshotModel

/// Whether the time stamps of a file can prove later that it has not changed.
///
/// A write that comes within one tick of the file system's clock leaves the stamps as they are, so
/// a file that was changed just before the run is read again next time. git calls such entries
/// racy.
package struct TrustRule: Sendable {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000
    /// Local file systems take the kernel's tick: 10 ms at most.
    private static let tickInNanoseconds: Int64 = 20_000_000
    /// File systems without fractions of a second count by one or two seconds.
    private static let coarseInNanoseconds: Int64 = 2_000_000_000
    /// The clock of another machine, or of a program, may be so far behind this one.
    private static let foreignClockInNanoseconds: Int64 = 3600 * 1_000_000_000

    /// When the run began: later than every look of an earlier run, earlier than every read of
    /// this one.
    private let start: Timestamp
    private let stamps: StampRule

    /// A rule for a run.
    /// - Parameters:
    ///   - start: when it began.
    ///   - stamps: which stamps are compared later.
    package init(start: Timestamp, _ stamps: StampRule = .all) {
        self.start = start
        self.stamps = stamps
    }

    /// Whether the last change is old enough.
    /// - Parameter fileSystem: where the file is.
    package func isSettled(_ status: FileStatus, on fileSystem: FileSystemKind) -> Bool {
        // What a change would not alter tells nothing of when the last one was.
        let changed = stamps.ignoresChangeTime ? status.modified : status.changed
        let window: Int64
        switch fileSystem {
        case .local, .layered: window = Self.localWindow(of: status)
        case .network, .userSpace, .unknown: window = Self.foreignClockInNanoseconds
        case .generated: return false
        }
        let seconds = start.seconds.subtractingReportingOverflow(changed.seconds)
        let age = seconds.partialValue.multipliedReportingOverflow(by: Self.nanosecondsPerSecond)
        if seconds.overflow || age.overflow { return start.seconds > changed.seconds }
        let fraction = Int64(start.nanoseconds) - Int64(changed.nanoseconds)
        return age.partialValue + fraction > window
    }

    /// How long a change may be hidden by the one before.
    private static func localWindow(of status: FileStatus) -> Int64 {
        // A change time with digits below the millisecond proves a fine clock; nobody can set it.
        let isFine = status.changed.nanoseconds % 1_000_000 != 0
        return isFine ? tickInNanoseconds : coarseInNanoseconds
    }
}

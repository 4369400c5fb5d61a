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

    /// When the run began: later than every look of an earlier run, earlier than every read of
    /// this one.
    private let start: Timestamp

    /// A rule for a run.
    /// - Parameter start: when it began.
    package init(start: Timestamp) { self.start = start }

    /// Whether the last change is old enough.
    package func isSettled(_ status: FileStatus) -> Bool {
        // A change time with digits below the millisecond proves a fine clock; nobody can set it.
        let isFine = status.changed.nanoseconds % 1_000_000 != 0
        let window = isFine ? Self.tickInNanoseconds : Self.coarseInNanoseconds
        let age =
            (start.seconds - status.changed.seconds).multipliedReportingOverflow(
                by: Self.nanosecondsPerSecond)
        if age.overflow { return start.seconds > status.changed.seconds }
        let fraction = Int64(start.nanoseconds) - Int64(status.changed.nanoseconds)
        return age.partialValue + fraction > window
    }
}

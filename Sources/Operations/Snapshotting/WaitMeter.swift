/// Finds out whether looking at a tree means waiting for a disk, so that readers are worth their
/// cost: where everything is in memory and processors are few, they are not.
struct WaitMeter {
    /// A call that takes longer than this has waited for something.
    static let usual = Duration.microseconds(50)
    /// What a call takes longer for each name that it brings.
    static let usualForName = Duration.microseconds(1)
    /// So many calls at least: something else may have had the processor meanwhile.
    private static let fewest = 8

    private var waits = 0
    private var waited = Duration.zero
    private var total = Duration.zero
    /// Whether most of the time has gone by in calls that waited.
    private(set) var showsWaiting = false

    /// Notes what a call has taken.
    /// - Parameter usual: the longest that it takes when it waits for nothing.
    mutating func note(_ duration: Duration, usual: Duration = WaitMeter.usual) {
        total += duration
        guard duration > usual else { return }
        waits += 1
        waited += duration
        if waits >= Self.fewest, waited * 2 > total { showsWaiting = true }
    }
}

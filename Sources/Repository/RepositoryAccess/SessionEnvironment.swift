package import SnapshotModel

/// What a session lets in from outside, so that tests can choose it.
package struct SessionEnvironment: Sendable {
    /// How long a session lives when its owner is not heard of any more: long enough for a machine
    /// on a slow line, short enough that what a crashed one holds back is freed the same day.
    package static let usualLeaseInSeconds: UInt32 = 6 * 60 * 60

    /// The host's name, for people.
    package var host: String
    /// The number of this process, for people.
    package var process: Int
    /// Name and version of the tool, for people.
    package var tool: String
    /// For how long others may not declare a session of this process dead; 0: they may at any time.
    package var leaseInSeconds: UInt32
    /// Whether times that the store tells may spare a request. A directory's clock is one that the
    /// user can set, and its requests cost nothing.
    package var trustsStoreClock = true
    /// Where runs of this machine find the session that they share; `nil` when each has its own.
    package var standing: StandingSession?
    /// Draws 128 random bits; callable from any thread.
    package let makeRandomBits: @Sendable () -> RandomBits
    /// Seconds of a clock that goes on while the machine sleeps and that nobody sets.
    package let uptimeInSeconds: @Sendable () -> UInt64

    /// An environment.
    package init(
        host: String, process: Int, tool: String,
        leaseInSeconds: UInt32 = SessionEnvironment.usualLeaseInSeconds,
        makeRandomBits: @escaping @Sendable () -> RandomBits,
        uptimeInSeconds: @escaping @Sendable () -> UInt64
    ) {
        self.host = host
        self.process = process
        self.tool = tool
        self.leaseInSeconds = leaseInSeconds
        self.makeRandomBits = makeRandomBits
        self.uptimeInSeconds = uptimeInSeconds
    }
}

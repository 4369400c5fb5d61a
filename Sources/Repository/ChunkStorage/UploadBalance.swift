/// Packs on their way, and who waits meanwhile: the threads that make them, or those that send.
///
/// Whoever changes it says what time it is, and the waiting is added up until then.
struct UploadBalance: Sendable {
    /// Threads that send packs.
    let senders: Int
    /// Packs that were handed over and are not stored yet.
    private(set) var packs = 0
    /// Their sizes together.
    private(set) var bytes = 0
    /// Packs that are full and have no room among them.
    private(set) var heldPacks = 0
    /// Threads that wait for room, with such a pack or for it to go.
    private(set) var waiting = 0
    /// Packs that were stored.
    private(set) var stored = 0
    /// How long threads have waited for room, together.
    private(set) var waitingTime = Duration.zero
    /// How long threads have had nothing to send, together.
    private(set) var idleTime = Duration.zero
    /// How long nothing at all was on its way.
    private(set) var emptyTime = Duration.zero
    /// Until when all that is added up.
    private(set) var time: Duration
    /// Whether a thread has failed: then nobody may be kept waiting.
    var hasFailed = false

    /// Nothing on its way.
    init(senders: Int, at time: Duration) {
        self.senders = senders
        self.time = time
    }

    /// Adds up who has waited until now.
    mutating func advance(to now: Duration) {
        // Threads read the clock before they get here, and may overtake one another.
        let elapsed = max(.zero, now - time)
        waitingTime += elapsed * waiting
        idleTime += elapsed * max(0, senders - packs)
        if packs == 0 { emptyTime += elapsed }
        time += elapsed
    }

    /// Takes a pack in.
    mutating func add(_ size: Int) {
        packs += 1
        bytes += size
    }

    /// A pack was stored.
    mutating func remove(_ size: Int) {
        packs -= 1
        bytes -= size
        stored += 1
    }

    /// A thread begins to wait.
    /// - Parameter holdsPack: whether it has a pack that finds no room.
    mutating func beginWaiting(holdsPack: Bool) {
        waiting += 1
        if holdsPack { heldPacks += 1 }
    }

    /// A thread goes on.
    mutating func endWaiting(heldPack: Bool) {
        waiting -= 1
        if heldPack { heldPacks -= 1 }
    }
}

// Decides which level of compression a run goes on with: as strong a one as the threads have time
// for while they wait for the store anyway. Pure: LevelControl observes and asks, UploadBalance
// adds the waiting up (Specs/decisions/0040-let-the-store-choose-the-level.md).

/// What was seen of a run in a stretch of time.
struct LevelObservation: Hashable, Sendable {
    /// How long the stretch was, in seconds.
    var seconds = 0.0
    /// How many threads compress.
    var threads = 1
    /// How long they waited for the store, together.
    var waitingSeconds = 0.0
    /// How long they compressed at the policy's level, together.
    var compressingSeconds = 0.0
    /// The plain bytes that they compressed meanwhile.
    var compressedBytes = 0.0
    /// How many threads send packs.
    var senders = 1
    /// How long these had nothing to send, together.
    var idleSeconds = 0.0
    /// How long all of them had nothing to send.
    var emptySeconds = 0.0
}

/// Chooses among a few levels, one observation after the other.
struct LevelPolicy: Sendable {
    /// A level with what is known of it beforehand.
    struct Step: Hashable, Sendable {
        let level: Int
        /// How long it takes, compared with the first.
        let cost: Double
        /// What a context of libzstd 1.5 takes for blocks of 1 MiB.
        let contextInBytes: Int
    }

    /// The levels from which it chooses: above 6 a context takes 6 to 12 MiB and more, and what is
    /// stored becomes smaller by 2 % at most.
    static let ladder = [
        Step(level: 1, cost: 1, contextInBytes: 576 * 1024),
        Step(level: 3, cost: 1.7, contextInBytes: 1280 * 1024),
        Step(level: 5, cost: 3.2, contextInBytes: 3584 * 1024),
        Step(level: 6, cost: 4.5, contextInBytes: 3584 * 1024),
    ]
    /// What the contexts of all threads may take together.
    static let contextsInBytes = 32 * 1024 * 1024

    /// Below this share of waiting a stronger level is not thought of.
    private static let notableWaiting = 0.1
    /// The threads' time that a stronger level may take. The rest is for the packs that it sends
    /// sooner because they are smaller, and for what is not known exactly.
    private static let mostBusy = 0.8
    /// The store waits for packs when the threads wait less than this, ...
    private static let littleWaiting = 0.02
    /// ... and those that send are idle for more than this, ...
    private static let notableIdling = 0.25
    /// ... or for more than this nothing is on its way.
    private static let notableEmptiness = 0.1
    /// For so many observations, at most, a level that was too strong is not tried again.
    static let longestBar = 64

    private let steps: [Step]
    private var position = 0
    /// Measured seconds for a byte, where a step was taken.
    private var costs: [Double?]
    /// The step that was too strong when it was taken last.
    private var barred = Int.max
    private var barLeft = 0
    private var nextBar = 2

    /// A policy that begins with the first level.
    /// - Parameter threads: how many contexts there are.
    init(threads: Int) {
        let share = Self.contextsInBytes / max(1, threads)
        steps = Array(Self.ladder.prefix { $0.level == 1 || $0.contextInBytes <= share })
        costs = Array(repeating: nil, count: steps.count)
    }

    /// The level to go on with.
    var level: Int { steps[position].level }

    /// The strongest level that it may choose.
    var highest: Int { steps[steps.count - 1].level }

    /// Learns what the last level has led to, and chooses the next one.
    mutating func take(_ seen: LevelObservation) {
        guard seen.seconds > 0 else { return }
        let whole = seen.seconds * Double(max(1, seen.threads))
        let waiting = min(1, seen.waitingSeconds / whole)
        let compressing = min(1 - waiting, seen.compressingSeconds / whole)
        let idling = seen.idleSeconds / (seen.seconds * Double(max(1, seen.senders)))
        if seen.compressedBytes > 0 {
            costs[position] = seen.compressingSeconds / seen.compressedBytes
        }
        barLeft = max(0, barLeft - 1)
        if waiting >= Self.notableWaiting {
            raise(busy: 1 - waiting, compressing: compressing)
        } else if waiting < Self.littleWaiting, position > 0,
            idling > Self.notableIdling
                || seen.emptySeconds > Self.notableEmptiness * seen.seconds
        {
            lower()
        }
    }

    /// Goes up to the last step for which there is time.
    private mutating func raise(busy: Double, compressing: Double) {
        let bound = barLeft > 0 ? min(barred, steps.count) : steps.count
        var chosen = position
        for next in position..<max(position, bound) {
            let candidate = next + 1
            guard candidate < bound else { break }
            let expected = busy + compressing * (factor(candidate) - 1)
            guard expected <= Self.mostBusy else { break }
            chosen = candidate
        }
        position = chosen
    }

    private mutating func lower() {
        barred = position
        barLeft = nextBar
        nextBar = min(2 * nextBar, Self.longestBar)
        position -= 1
    }

    /// How much longer a step takes than the present one: as measured, else as known beforehand.
    private func factor(_ step: Int) -> Double {
        guard let now = costs[position], now > 0, let then = costs[step] else {
            return steps[step].cost / steps[position].cost
        }
        // What was measured on other content is never taken to be faster.
        return max(1, then / now)
    }
}

import Synchronization
import WorkerThreads

/// Something that is read by the first who comes to it: a reader that has nothing else to do, or
/// the scanner that needs it now.
final class Reading<Value: Sendable>: Sendable {
    private enum State {
        case waiting
        case begun
        case done(Value)
    }

    private let state = Mutex(State.waiting)
    private let body: @Sendable () -> Value

    init(_ body: @escaping @Sendable () -> Value) { self.body = body }

    /// Reads it.
    /// - Returns: `nil` when somebody else has begun to.
    func read() -> Value? {
        let isFirst = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .begun
            return true
        }
        guard isFirst else { return nil }
        let value = body()
        state.withLock { $0 = .done(value) }
        return value
    }

    /// What was read; `nil` as long as nobody has.
    var value: Value? {
        state.withLock { state in
            if case .done(let value) = state { value } else { nil }
        }
    }
}

/// What the scanner will need next, for readers to read meanwhile. The scanner waits only for what
/// a reader has begun, and reads the rest itself: readers save time, and decide nothing.
final class ReadAhead: Sendable {
    private struct State {
        /// By the depth of the directory that the scanner is in; the deepest is needed first.
        var levels: [[@Sendable () -> Void]] = []
        var isClosed = false
    }

    /// How many readings of a directory's folders, and of its entries, may be ahead of the scanner:
    /// bounds memory and open files.
    let width: Int
    private let waiting = Monitor(State())
    private let finished = Monitor(())

    init(width: Int) { self.width = width }

    /// Says that the scanner goes into a directory.
    func enter() { waiting.read { $0.levels.append([]) } }

    /// Says that it comes out again.
    func leave() { waiting.read { _ = $0.levels.popLast() } }

    /// Adds readings of the directory where the scanner is, in the order in which it needs them.
    func add<Value>(_ readings: [Reading<Value>]) {
        if readings.isEmpty { return }
        waiting.update { state in
            guard let last = state.levels.indices.last else { return }
            state.levels[last] += readings.map { reading in { _ = reading.read() } }
        }
    }

    /// What a reading gives.
    func value<Value>(of reading: Reading<Value>) -> Value {
        reading.read() ?? finished.wait { _ in reading.value }
    }

    /// Reads until there is nothing more to come; for a thread of its own.
    func run() {
        while let read = next() {
            read()
            // The scanner may wait for this one.
            finished.update { _ in }
        }
    }

    private func next() -> (@Sendable () -> Void)? {
        waiting.wait { state -> (@Sendable () -> Void)?? in
            if state.isClosed { return .some(nil) }
            guard let level = state.levels.lastIndex(where: { !$0.isEmpty }) else { return nil }
            return .some(state.levels[level].removeFirst())
        }
    }

    /// Lets the readers go.
    func close() { waiting.update { $0.isClosed = true } }
}

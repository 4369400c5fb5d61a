/// A first-in, first-out queue between threads, bounded by the cost of what waits in it.
package final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements: [(element: Element, cost: Int)] = []
        var head = 0
        var cost = 0
        var isClosed = false
        var isCancelled = false
    }

    private let monitor = Monitor(State())
    private let capacity: Int

    /// A queue.
    /// - Parameter capacity: the most that the costs of the waiting elements may add up to; an
    ///   element that alone costs more is let in when the queue is empty.
    package init(capacity: Int) { self.capacity = capacity }

    /// Appends an element, waiting while the queue is full.
    /// - Returns: `false` when the queue was cancelled; the element is dropped then.
    @discardableResult
    package func push(_ element: Element, cost: Int = 1) -> Bool {
        monitor.wait { state in
            if state.isCancelled { return false }
            precondition(!state.isClosed, "push to a closed queue")
            guard state.cost == 0 || state.cost + cost <= capacity else { return nil }
            state.elements.append((element, cost))
            state.cost += cost
            return true
        }
    }

    /// Takes the first element, waiting while the queue is empty.
    /// - Returns: `nil` when the queue is closed and empty, or cancelled.
    package func pop() -> Element? {
        // Two levels of optional: the outer one says whether to go on waiting.
        monitor.wait { state -> Element?? in
            if state.isCancelled { return .some(nil) }
            if state.head < state.elements.count { return .some(Self.takeFirst(&state)) }
            return state.isClosed ? .some(nil) : nil
        }
    }

    /// Says that nothing more is appended.
    package func close() { monitor.update { $0.isClosed = true } }

    /// Drops everything and lets every waiting thread go.
    package func cancel() {
        monitor.update { state in
            state.isCancelled = true
            state.elements.removeAll()
            state.head = 0
            state.cost = 0
        }
    }

    private static func takeFirst(_ state: inout State) -> Element {
        let (element, cost) = state.elements[state.head]
        state.head += 1
        state.cost -= cost
        // Moving the rest forward only now and then keeps taking constant on average.
        if state.head * 2 > state.elements.count {
            state.elements.removeFirst(state.head)
            state.head = 0
        }
        return element
    }
}

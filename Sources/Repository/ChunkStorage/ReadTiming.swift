import Synchronization

/// How long reading parts of packs has taken.
package final class ReadTiming: Sendable {
    private struct State {
        var requests: UInt64 = 0
        var bytes: UInt64 = 0
        var time = Duration.zero
    }

    private let state = Mutex(State())

    /// Notes a request that was answered.
    func add(bytes: Int, _ time: Duration) {
        state.withLock { state in
            state.requests += 1
            state.bytes += UInt64(bytes)
            state.time += time
        }
    }

    /// How long further requests will take, if they go like those before.
    /// - Parameter inFlight: how many are under way at once; at least 1.
    /// - Returns: zero when nothing was read yet.
    package func estimate(requests: UInt64, bytes: UInt64, inFlight: Int) -> Duration {
        let state = state.withLock { $0 }
        guard state.requests > 0 else { return .zero }
        // Either the requests take their time, whatever they bring, or the bytes do.
        let byRequests = state.time * (Double(requests) / Double(state.requests) / Double(inFlight))
        let byBytes = state.time * (Double(bytes) / Double(max(1, state.bytes)) / Double(inFlight))
        return requests == 0 ? .zero : max(byRequests, byBytes)
    }
}

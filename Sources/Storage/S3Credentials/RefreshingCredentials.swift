package import RequestSigning
internal import WorkerThreads

/// Credentials that are fetched when they are needed, kept, and replaced before they end.
///
/// One caller at a time fetches; the others go on with what there is, or wait when that has ended.
package final class RefreshingCredentials: CredentialsSource {
    /// Credentials that end within this time are replaced.
    package static let advanceInSeconds: Int64 = 15 * 60
    /// Ones that still end soon, or could not be replaced, are left alone for so long.
    package static let pauseInSeconds: Int64 = 60

    private struct State {
        var current: Credentials?
        var failure: CredentialsError?
        var isFetching = false
        /// No fetch before, unless credentials were refused.
        var nextFetch = Int64.min
    }

    private enum Step {
        case use(Credentials)
        case fail(CredentialsError)
        case fetch
    }

    private let clock: @Sendable () -> Int64
    private let fetch: @Sendable () throws(CredentialsError) -> Credentials
    private let state = Monitor(State())

    /// - Parameters:
    ///   - clock: seconds since 1970.
    ///   - fetch: gets new credentials; called by one thread at a time.
    package init(
        clock: @escaping @Sendable () -> Int64,
        fetch: @escaping @Sendable () throws(CredentialsError) -> Credentials
    ) {
        self.clock = clock
        self.fetch = fetch
    }

    /// As the protocol says; waits while nothing usable is there and another caller fetches.
    package func credentials(
        insteadOf rejected: Credentials?
    ) throws(CredentialsError) -> Credentials {
        let now = clock()
        switch state.wait(for: { Self.decide(&$0, now, rejected) }) {
        case .use(let credentials): return credentials
        case .fail(let error): throw error
        case .fetch: break
        }
        do {
            let fetched = try fetch()
            state.update {
                $0 = State(current: fetched, nextFetch: now + Self.pauseInSeconds)
            }
            return fetched
        } catch {
            return try keep(error, now, rejected)
        }
    }

    /// `nil` to wait for the caller who fetches.
    private static func decide(
        _ state: inout State, _ now: Int64, _ rejected: Credentials?
    ) -> Step? {
        if let current = state.current, current != rejected {
            let left = current.expiration.map { $0 - now } ?? .max
            if left > advanceInSeconds || (state.isFetching && left > 0) { return .use(current) }
            if now < state.nextFetch, !state.isFetching {
                // Ended by our clock, which may be wrong: the server decides.
                guard let failure = state.failure, left <= 0 else { return .use(current) }
                return .fail(failure)
            }
        } else if let failure = state.failure, now < state.nextFetch, !state.isFetching {
            return .fail(failure)
        }
        if state.isFetching { return nil }
        state.isFetching = true
        return .fetch
    }

    /// Goes on with what there is as long as it lasts.
    private func keep(
        _ error: CredentialsError, _ now: Int64, _ rejected: Credentials?
    ) throws(CredentialsError) -> Credentials {
        let current = state.update { state in
            state.isFetching = false
            state.failure = error
            state.nextFetch = now + Self.pauseInSeconds
            return state.current
        }
        guard let current, current != rejected, let end = current.expiration, end > now else {
            throw error
        }
        return current
    }
}

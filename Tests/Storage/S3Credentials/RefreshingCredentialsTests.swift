import RequestSigning
import S3Credentials
import Synchronization
import Testing
import WorkerThreads

struct RefreshingCredentialsTests {
    /// A source whose credentials are numbered and end after an hour.
    private final class Source: Sendable {
        struct State {
            var now: Int64 = 1_000_000
            var fetches = 0
            var lifetime: Int64? = 3600
            var fails = false
        }

        let state = Mutex(State())

        var fetches: Int { state.withLock { $0.fetches } }

        func pass(_ seconds: Int64) { state.withLock { $0.now += seconds } }

        func fetch() throws(CredentialsError) -> Credentials {
            let made = state.withLock { state -> Credentials? in
                state.fetches += 1
                if state.fails { return nil }
                return Credentials(
                    accessKeyID: "\(state.fetches)", secretAccessKey: Secret("s"),
                    expiration: state.lifetime.map { $0 + state.now })
            }
            if let made { return made }
            throw CredentialsError(.unusable, "test", cause: "as told", remedy: "none")
        }

        func refreshing() -> RefreshingCredentials {
            RefreshingCredentials(clock: { self.state.withLock { $0.now } }) {
                () throws(CredentialsError) in try self.fetch()
            }
        }
    }

    private let source = Source()

    private func id(
        _ refreshing: RefreshingCredentials, insteadOf rejected: Credentials? = nil
    ) -> String {
        do throws(CredentialsError) {
            return try refreshing.credentials(insteadOf: rejected).accessKeyID
        } catch {
            return "error"
        }
    }

    @Test func credentialsAreKeptUntilTheyEndSoon() {
        let refreshing = source.refreshing()
        #expect(source.fetches == 0)
        for seconds in [0, 1, 2698] {
            source.pass(Int64(seconds))
            #expect(id(refreshing) == "1")
        }
        // 15 minutes before the end.
        source.pass(1)
        #expect(id(refreshing) == "2")
        #expect(id(refreshing) == "2")
        #expect(source.fetches == 2)
    }

    @Test func credentialsWithoutAnEndAreKept() {
        source.state.withLock { $0.lifetime = nil }
        let refreshing = source.refreshing()
        for _ in 0..<3 {
            #expect(id(refreshing) == "1")
            source.pass(1_000_000_000)
        }
    }

    @Test func rejectedCredentialsAreReplacedOnce() throws {
        let refreshing = source.refreshing()
        let first = try refreshing.credentials(insteadOf: nil)
        #expect(id(refreshing, insteadOf: first) == "2")
        // Another thread had the first ones refused, too.
        #expect(id(refreshing, insteadOf: first) == "2")
        #expect(id(refreshing) == "2")
        #expect(source.fetches == 2)
    }

    @Test func whileTheyLastAFailureToReplaceThemDoesNotShow() throws {
        let refreshing = source.refreshing()
        #expect(id(refreshing) == "1")
        source.pass(3000)
        source.state.withLock { $0.fails = true }
        #expect(id(refreshing) == "1")
        #expect(id(refreshing) == "1")
        // Not more than one attempt a minute.
        #expect(source.fetches == 2)
        source.pass(RefreshingCredentials.pauseInSeconds)
        #expect(id(refreshing) == "1")
        #expect(source.fetches == 3)
        source.pass(600)
        #expect(id(refreshing) == "error")
        source.state.withLock { $0.fails = false }
        #expect(id(refreshing) == "error")
        source.pass(RefreshingCredentials.pauseInSeconds)
        #expect(id(refreshing) == "5")
    }

    @Test func aFailureIsNotRepeatedAtOnce() {
        source.state.withLock { $0.fails = true }
        let refreshing = source.refreshing()
        #expect(id(refreshing) == "error")
        #expect(id(refreshing) == "error")
        #expect(source.fetches == 1)
        source.pass(RefreshingCredentials.pauseInSeconds)
        source.state.withLock { $0.fails = false }
        #expect(id(refreshing) == "2")
    }

    @Test func rejectedCredentialsAreNotGivenAgainWhenThereAreNoOthers() throws {
        let refreshing = source.refreshing()
        let first = try refreshing.credentials(insteadOf: nil)
        source.state.withLock { $0.fails = true }
        #expect(id(refreshing, insteadOf: first) == "error")
    }

    /// A clock that is hours ahead must not keep anybody from working: the server decides.
    @Test func credentialsThatHaveEndedByOurClockAreTriedAndNotFetchedForEachRequest() {
        source.state.withLock { $0.lifetime = -3600 }
        let refreshing = source.refreshing()
        for _ in 0..<5 { #expect(id(refreshing) == "1") }
        source.pass(RefreshingCredentials.pauseInSeconds)
        #expect(id(refreshing) == "2")
    }

    @Test func manyCallersAtOnceFetchOnce() throws {
        let refreshing = source.refreshing()
        try withThreads { threads in
            for _ in 0..<8 {
                threads.spawn {
                    for _ in 0..<50 { #expect(id(refreshing) == "1") }
                }
            }
        }
        #expect(source.fetches == 1)
    }

    /// While one replaces credentials that still last, the others do not wait for it.
    @Test func othersGoOnMeanwhile() throws {
        let gate = Monitor(false)
        let isSlow = Atomic(false)
        let hasBegun = Monitor(false)
        let source = source
        let refreshing = RefreshingCredentials(clock: { source.state.withLock { $0.now } }) {
            () throws(CredentialsError) in
            if isSlow.load(ordering: .relaxed) {
                hasBegun.update { $0 = true }
                gate.wait { $0 ? () : nil }
            }
            return try source.fetch()
        }
        #expect(id(refreshing) == "1")
        source.pass(3000)
        isSlow.store(true, ordering: .relaxed)
        try withThreads { threads in
            threads.spawn { #expect(id(refreshing) == "2") }
            hasBegun.wait { $0 ? () : nil }
            #expect(id(refreshing) == "1")
            gate.update { $0 = true }
        }
        #expect(id(refreshing) == "2")
    }
}

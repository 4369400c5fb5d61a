import Synchronization

/// What was learned about a store while talking to it; every later request makes use of it.
final class S3Session: Sendable {
    /// The facts of one moment.
    struct Facts: Sendable {
        /// The endpoint, in the region that the bucket is really in.
        var endpoint: S3Endpoint
        /// Where the bucket's name stands; `nil` until a probe has found out.
        var addressing: S3Addressing?
        /// Who runs the store, by the settings or by its answers.
        var provider: S3Provider
        /// What was told last to whoever remembers it.
        var told: (region: String, way: S3Addressing)?
        /// The server's clock less this machine's.
        var clockOffsetInSeconds: Int64 = 0
        /// Whether something was answered that only an S3 store says.
        var isStore = false
        /// Whether listings go by markers (version 1), not by tokens.
        var usesOldListing = false
        /// Whether several objects can be deleted by one request.
        var deletesMany = true
    }

    private let state: Mutex<Facts>

    init(_ endpoint: S3Endpoint, addressing: S3Addressing?) {
        // A remembered way counts only while the settings allow it.
        let remembered = addressing.flatMap { endpoint.candidates.contains($0) ? $0 : nil }
        state = Mutex(
            Facts(
                endpoint: endpoint,
                addressing: remembered
                    ?? (endpoint.candidates.count == 1 ? endpoint.candidates.first : nil),
                provider: endpoint.provider))
    }

    var facts: Facts { state.withLock { $0 } }

    /// What a later run should begin with, after a call has proven it right.
    /// - Returns: `nil` when it was told before.
    func takeProven() -> (region: String, addressing: S3Addressing)? {
        state.withLock { facts in
            guard let addressing = facts.addressing,
                facts.told?.region != facts.endpoint.region || facts.told?.way != addressing
            else { return nil }
            facts.told = (facts.endpoint.region, addressing)
            return (facts.endpoint.region, addressing)
        }
    }

    func learn(_ change: @Sendable (inout Facts) -> Void) { state.withLock { change(&$0) } }
}

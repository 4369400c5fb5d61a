import HTTPTransport
import ObjectStore
import XMLCodec

/// Finds out where an unknown store wants the bucket's name: asks for a list of one object by each
/// way, and takes the first that is answered by a list.
struct AddressingProbe {
    private let client: S3Client

    init(_ client: S3Client) { self.client = client }

    /// Tries the ways and remembers the one that works: one LIST for each.
    /// - Throws: the failure of the way that came closest.
    func run() throws(S3Failure) {
        let facts = client.session.facts
        var best: (addressing: S3Addressing, failure: S3Failure)?
        for addressing in facts.endpoint.candidates {
            do {
                try ask(addressing, facts)
                client.session.learn { $0.addressing = addressing }
                return
            } catch {
                if error.code == .interrupted { throw error }
                if best == nil || Self.rank(error) > Self.rank(best?.failure) {
                    best = (addressing, error)
                }
            }
        }
        guard let best else { return }
        // A server that knows the bucket and refuses the list may still allow everything else.
        guard Self.rank(best.failure) == Self.understood else { throw best.failure }
        client.session.learn { $0.addressing = best.addressing }
    }

    private static let understood = 3

    /// How well a server has understood the request that it refused.
    private static func rank(_ failure: S3Failure?) -> Int {
        guard let failure else { return -1 }
        switch failure.code {
        case .permissionDenied, .unauthenticated, .clockSkew:
            return failure.word.isEmpty ? 2 : understood
        case .throttled, .inputOutput: return 2
        case .noBucket: return 1
        default: return 0
        }
    }

    /// Asks for a list of one object, by which a store shows itself.
    func ask(
        _ addressing: S3Addressing, _ facts: S3Session.Facts
    ) throws(S3Failure) {
        var call = S3Call(.list, .get, subject: facts.endpoint.bucket)
        call.query = [("list-type", "2"), ("max-keys", "1")]
        let response = try client.perform(call, by: addressing)
        let root = try? response.document()
        guard root?.name == "ListBucketResult" else {
            throw S3Failure(
                .misconfigured, status: response.status,
                cause: "the answer to a LIST is no list (HTTP \(response.status))",
                remedy: "check the endpoint: what answers there is no S3 store")
        }
        client.session.learn { $0.isStore = true }
    }
}

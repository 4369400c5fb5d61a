package import HTTPTransport
package import ObjectStore

/// One request to the store, without what depends on the moment: address, region and signature.
package struct S3Call: Sendable {
    /// A parameter of the query, not encoded.
    package typealias Parameter = (name: String, value: String)

    /// The hash of an empty body.
    static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// What it counts as.
    package let operation: StoreError.Operation
    /// The method.
    package let method: HTTPMethod
    /// The whole key, root path included; empty for the bucket.
    package let key: String
    /// What it is about, for messages.
    package var subject: String
    /// The query's parameters.
    package var query: [Parameter] = []
    /// Header fields besides those of the signature.
    package var fields = HTTPFields()
    /// The body in pieces.
    package var body: [[UInt8]] = []
    /// The SHA-256 of the body, in hexadecimal.
    package var payloadHash = S3Call.emptyHash
    /// The longest body of an answer to take.
    package var answerLimitInBytes = HTTPRequest.usualAnswerLimitInBytes
    /// What takes the body of the answer as it comes in.
    package var receiver: (any BodyReceiver)?
    /// Whether it is sent without a signature, as a stranger would.
    package var isAnonymous = false

    /// A call about an object or, without a key, about the bucket.
    package init(
        _ operation: StoreError.Operation, _ method: HTTPMethod, key: String = "", subject: String
    ) {
        self.operation = operation
        self.method = method
        self.key = key
        self.subject = subject
    }
}

/// Sends calls; what repeats them, or slows them down, stands in front of what sends them.
package protocol S3Exchange: Sendable {
    /// Sends a call and waits for its answer.
    /// - Returns: an answer of success, with its whole body unless the call's receiver has taken
    ///   it.
    /// - Throws: `S3Failure` for every other answer and for none.
    func perform(_ call: S3Call) throws(S3Failure) -> HTTPResponse
}

extension S3Exchange {
    /// Sends a call and reads its answer; where what came is wrong and may have been garbled on
    /// its way (`S3Failure.Retry.twice`), the call is sent again, twice at most.
    func perform<Value>(
        _ call: S3Call, _ read: (HTTPResponse) throws(S3Failure) -> Value
    ) throws(S3Failure) -> Value {
        var repetitionsLeft = 2
        while true {
            let response = try perform(call)
            do {
                return try read(response)
            } catch {
                guard error.retry == .twice, repetitionsLeft > 0 else { throw error }
                repetitionsLeft -= 1
            }
        }
    }
}

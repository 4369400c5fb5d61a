package import ObjectStore

/// A call that was not answered by success: what it was, and whether to try again.
package struct S3Failure: Error, Equatable, CustomStringConvertible {
    /// Whether the same call may succeed later.
    package enum Retry: Hashable, Sendable {
        /// It will not.
        case never
        /// It may: the network or the server had a moment of weakness.
        case transient
        /// It may, but the server asks for fewer requests.
        case throttled
        /// It may, but more than twice points to a fault of this machine or of the wire.
        case twice
    }

    /// What kind of failure.
    package let code: StoreError.Code
    /// The server's word, such as `NoSuchKey`; empty where none came.
    package let word: String
    /// The status of the answer; `nil` without one.
    package let status: Int?
    /// What the server or the network says.
    package let cause: String
    /// What the user can do.
    package let remedy: String
    /// Whether to try again.
    package let retry: Retry
    /// How long the server wants to be left alone.
    package let delayInMilliseconds: Int?

    /// A failure.
    package init(
        _ code: StoreError.Code, word: String = "", status: Int? = nil, cause: String,
        remedy: String = "", retry: Retry = .never, delayInMilliseconds: Int? = nil
    ) {
        self.code = code
        self.word = word
        self.status = status
        self.cause = cause
        self.remedy = remedy
        self.retry = retry
        self.delayInMilliseconds = delayInMilliseconds
    }

    package var description: String { cause }

    /// The failure as every store shows it.
    func storeError(of call: S3Call) -> StoreError {
        StoreError(code, call.operation, call.subject, cause: cause, remedy: remedy)
    }

    /// The same failure with more words about its cause.
    func adding(_ words: String) -> S3Failure {
        S3Failure(
            code, word: word, status: status, cause: "\(cause) (\(words))", remedy: remedy,
            retry: retry, delayInMilliseconds: delayInMilliseconds)
    }

    /// Equal codes and statuses: texts may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool {
        left.code == right.code && left.status == right.status && left.word == right.word
    }
}

/// An operation of a store that failed.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// There is no object of that name.
        package static let notFound = Code(description: "object is missing")
        /// The range begins behind the end of the object.
        package static let invalidRange = Code(description: "range is outside of the object")
        /// The credentials or the file permissions do not allow it.
        package static let permissionDenied = Code(description: "permission denied")
        /// There is no space left.
        package static let noSpace = Code(description: "no space left")
        /// The store cannot be written to.
        package static let readOnly = Code(description: "store is read-only")
        /// The store cannot be reached: no network, no such host, no answer in time.
        package static let unreachable = Code(description: "store cannot be reached")
        /// The store's other end is not who it should be.
        package static let untrusted = Code(description: "store is not trusted")
        /// The store has refused the credentials, or there are none.
        package static let unauthenticated = Code(description: "credentials are refused")
        /// There is no such bucket.
        package static let noBucket = Code(description: "bucket is missing")
        /// The settings of the store cannot be right, such as its region or its endpoint.
        package static let misconfigured = Code(description: "settings are wrong")
        /// This machine's clock is wrong.
        package static let clockSkew = Code(description: "clock is wrong")
        /// The store asked for fewer requests until patience ended.
        package static let throttled = Code(description: "too many requests")
        /// The store does not do what was asked for.
        package static let unsupported = Code(description: "not supported")
        /// An answer that breaks the rules of its protocol, or has other bytes than it announces.
        package static let badAnswer = Code(description: "answer is wrong")
        /// The run was asked to stop.
        package static let interrupted = Code(description: "interrupted")
        /// The repository that local caches know was replaced by another one.
        package static let replaced = Code(description: "repository was replaced")
        /// Anything else that reading or writing can meet.
        package static let inputOutput = Code(description: "input/output error")

        /// Whether the same call may go well some time later although nobody has changed anything.
        package var mayPass: Bool {
            [.unreachable, .throttled, .badAnswer, .inputOutput].contains(self)
        }
    }

    /// The operations.
    package enum Operation: String, Sendable {
        case put = "PUT"
        case get = "GET"
        case head = "HEAD"
        case list = "LIST"
        case delete = "DELETE"

        /// Whether such a request leaves the store other than it was.
        package var changesStore: Bool { self == .put || self == .delete }
    }

    /// What kind of failure.
    package let code: Code
    /// Which operation failed.
    package let operation: Operation
    /// The object's name, or the prefix of a listing.
    package let subject: String
    /// The words of the system or of the server.
    package let cause: String
    /// What the user can do; empty where the code alone tells.
    package let remedy: String

    /// A failure.
    package init(
        _ code: Code, _ operation: Operation, _ subject: String, cause: String,
        remedy: String = ""
    ) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.cause = cause
        self.remedy = remedy
    }

    package var description: String { "\(operation.rawValue) \(subject): \(cause)" }

    /// Equal codes: texts may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

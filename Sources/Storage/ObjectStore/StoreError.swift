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
        /// Anything else that reading or writing can meet.
        package static let inputOutput = Code(description: "input/output error")
    }

    /// The operations.
    package enum Operation: String, Sendable {
        case put = "PUT"
        case get = "GET"
        case head = "HEAD"
        case list = "LIST"
        case delete = "DELETE"
    }

    /// What kind of failure.
    package let code: Code
    /// Which operation failed.
    package let operation: Operation
    /// The object's name, or the prefix of a listing.
    package let subject: String
    /// The words of the system or of the server.
    package let cause: String

    /// A failure.
    package init(_ code: Code, _ operation: Operation, _ subject: String, cause: String) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.cause = cause
    }

    package var description: String { "\(operation.rawValue) \(subject): \(cause)" }

    /// Equal codes: texts may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

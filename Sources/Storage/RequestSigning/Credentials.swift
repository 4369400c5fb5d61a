/// What requests are signed with.
package struct Credentials: Hashable, Sendable {
    /// The access key's ID, which is no secret.
    package let accessKeyID: String
    /// The secret access key.
    package let secretAccessKey: Secret
    /// The session token of temporary credentials.
    package let sessionToken: Secret?
    /// When they end, in seconds since 1970; `nil` for never.
    package let expiration: Int64?

    /// Credentials.
    package init(
        accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil,
        expiration: Int64? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

/// Where no credentials were found, or none that can be used.
package struct CredentialsError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable {
        let name: String
        /// No source has any.
        package static let missing = Code(name: "missing")
        /// A source was named and cannot be used: a missing profile, a failing command.
        package static let unusable = Code(name: "unusable")
    }

    /// What kind of failure.
    package let code: Code
    /// Which source, such as a profile or a command, without secrets.
    package let source: String
    /// Why.
    package let cause: String
    /// What the user can do.
    package let remedy: String

    /// A failure.
    package init(_ code: Code, _ source: String, cause: String, remedy: String) {
        self.code = code
        self.source = source
        self.cause = cause
        self.remedy = remedy
    }

    package var description: String { "no credentials from \(source): \(cause)" }

    /// Equal codes: texts may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

/// Gives the credentials for each request.
package protocol CredentialsSource: Sendable {
    /// The credentials to sign with now; from any thread, as often as there are requests.
    ///
    /// Temporary ones are replaced some minutes before they end.
    /// - Parameter rejected: credentials that the server has just refused as expired; others are
    ///   fetched where the source has any. `nil` as a rule.
    func credentials(insteadOf rejected: Credentials?) throws(CredentialsError) -> Credentials
}

/// Credentials that never change.
package struct StaticCredentials: CredentialsSource {
    private let value: Credentials

    /// Always gives `value`.
    package init(_ value: Credentials) { self.value = value }

    /// The value, also where it was refused: there is no other.
    package func credentials(insteadOf rejected: Credentials?) -> Credentials { value }
}

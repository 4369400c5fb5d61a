/// Bytes that are not what the format says (Specs/repository-format.md).
package struct FormatError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// The bytes break a rule of the format.
        package static let malformed = Code(description: "malformed")
        /// The bytes follow a newer version of the format, or need a feature of a later tool.
        package static let unsupported = Code(description: "unsupported")
        /// A number is beyond a limit of the format.
        package static let limitExceeded = Code(description: "limit exceeded")
        /// The bytes do not have the hash that they name.
        package static let checksumMismatch = Code(description: "checksum mismatch")
    }

    /// What kind of failure.
    package let code: Code
    /// The structure that was being decoded: "pack trailer", "listing", ...
    package let structure: String
    /// Where in the decoded bytes.
    package let offset: Int
    /// Which rule failed, with what was expected and found.
    package let reason: String

    /// A failure.
    package init(_ code: Code, in structure: String, at offset: Int, _ reason: String) {
        self.code = code
        self.structure = structure
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "\(structure): \(reason) (at byte \(offset))" }

    /// Equal codes: texts and offsets may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

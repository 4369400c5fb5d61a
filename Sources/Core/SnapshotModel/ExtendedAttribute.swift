/// A named value that a file carries beside its content: access control lists, capabilities,
/// labels, and whatever programs put there.
package struct ExtendedAttribute: Hashable, Sendable {
    /// The bytes of an attribute.
    package enum Value: Hashable, Sendable {
        /// Small bytes, which stand in the entry itself.
        case inline([UInt8])
        /// Large bytes, which are stored as chunks; never empty.
        case content(Content)

        /// The number of bytes.
        package var sizeInBytes: UInt64 {
            switch self {
            case .inline(let bytes): UInt64(bytes.count)
            case .content(let content): content.sizeInBytes
            }
        }
    }

    /// The whole name with its namespace, such as `user.comment`: often, not always, UTF-8.
    package let name: [UInt8]
    /// The value.
    package let value: Value

    /// An attribute.
    package init(name: [UInt8], value: Value) {
        self.name = name
        self.value = value
    }

    /// The content of a large value.
    package var content: Content? {
        if case .content(let content) = value { content } else { nil }
    }

    /// Whether bytes can name an attribute: 1 to 255 of them, no NUL.
    package static func isValid(name: [UInt8]) -> Bool {
        (1...longestNameInBytes).contains(name.count) && !name.contains(0)
    }

    /// `XATTR_NAME_MAX` of Linux; macOS takes 127.
    private static let longestNameInBytes = 255
}

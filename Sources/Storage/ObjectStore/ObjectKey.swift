/// The name of an object under the root path of its store.
///
/// Only `0-9 a-z A-Z / . _ -`, at most 250 bytes, no empty component, none that begins with a dot:
/// every S3 server and every file system takes such names as they are.
package struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest key; leaves room for a root path within the 850 bytes of the strictest provider.
    package static let maximumLength = 250

    package let description: String

    /// Takes a name.
    /// - Precondition: the name follows the rules above; names are made in code, never from input.
    package init(_ name: String) {
        precondition(Self.isValid(name), "invalid object key \(name)")
        description = name
    }

    /// Takes a name that comes from a listing; `nil` for foreign objects.
    package init?(listed name: String) {
        guard Self.isValid(name) else { return nil }
        description = name
    }

    private static func isValid(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= maximumLength else { return false }
        var previous = UInt8(ascii: "/")
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "."):
                if previous == UInt8(ascii: "/") { return false }
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                break
            default: return false
            }
            previous = byte
        }
        return previous != UInt8(ascii: "/")
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.description < right.description
    }
}

import RequestSigning

/// The folder within the bucket under which all objects lie.
package struct RootPath: Hashable, Sendable, CustomStringConvertible {
    /// The strictest provider's limit for whole keys, less what an `ObjectKey` may need.
    static let limitInBytes = 850 - 250 - 1
    /// Servers that keep objects as files take no longer names.
    static let componentLimitInBytes = 255

    /// The path without a slash at either end; empty for the top of the bucket.
    package let description: String
    /// What stands before an object's name: empty, or the path with a slash.
    package var prefix: String { description.isEmpty ? "" : description + "/" }

    /// Takes a path as a user writes it; slashes at its ends do not matter.
    package init(_ text: String) throws(S3SettingsError) {
        var path = text[...]
        while path.hasPrefix("/") { path.removeFirst() }
        while path.hasSuffix("/") { path.removeLast() }
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            if path.isEmpty { break }
            try Self.check(component, in: text)
        }
        guard path.utf8.count <= Self.limitInBytes else {
            throw S3SettingsError(
                "root path", "it has \(path.utf8.count) bytes",
                remedy: "choose one of at most \(Self.limitInBytes) bytes")
        }
        description = String(path)
    }

    private static func check(_ component: Substring, in text: String) throws(S3SettingsError) {
        let shown = "\"\(text.unicodeScalars.map(Self.escape).joined())\""
        if component.isEmpty {
            throw S3SettingsError(
                "root path", "\(shown) has two slashes in a row",
                remedy: "write one slash: many stores cannot keep such names")
        }
        if component == "." || component == ".." {
            throw S3SettingsError(
                "root path", "\(shown) has the component \"\(component)\"",
                remedy: "name the folder itself; a bucket has no folder above")
        }
        if component.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            throw S3SettingsError(
                "root path", "\(shown) has a control character", remedy: "leave it out")
        }
        if component.utf8.contains(UInt8(ascii: "\\")) {
            throw S3SettingsError(
                "root path", "\(shown) has a backslash", remedy: "separate folders by /")
        }
        if component.utf8.count > componentLimitInBytes {
            throw S3SettingsError(
                "root path", "a component has \(component.utf8.count) bytes",
                remedy: "choose one of at most \(componentLimitInBytes) bytes")
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        scalar.value < 0x20 || scalar.value == 0x7F ? "?" : String(scalar)
    }
}

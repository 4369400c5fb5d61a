import SnapshotModel

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
        // By scalars: a slash and the accent behind it are one character, and yet a slash.
        var path = text.unicodeScalars[...]
        while path.first == "/" { path.removeFirst() }
        while path.last == "/" { path.removeLast() }
        description = String(path)
        if path.isEmpty { return }
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            try Self.check(String(component), in: text)
        }
        guard description.utf8.count <= Self.limitInBytes else {
            throw S3SettingsError(
                "root path", "it has \(description.utf8.count) bytes",
                remedy: "choose one of at most \(Self.limitInBytes) bytes")
        }
    }

    private static func check(_ component: String, in text: String) throws(S3SettingsError) {
        let shown = "\"\(DisplayText.escape(text.utf8))\""
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
        if component.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
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
}

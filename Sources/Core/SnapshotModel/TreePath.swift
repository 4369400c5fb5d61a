/// A path within a snapshot, from its root on: one or more names joined by `/`.
package struct TreePath: Hashable, Sendable {
    /// The names, joined by `/`.
    package let bytes: [UInt8]

    /// Takes joined names.
    /// - Returns: `nil` when one of them could lead elsewhere: an empty one, as in absolute paths,
    ///   `.`, `..`, and all with a NUL.
    package init?(_ bytes: [UInt8]) {
        let names = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard names.allSatisfy({ FileName(Array($0)).isValid }) else { return nil }
        self.bytes = bytes
    }

    /// An entry of a directory.
    /// - Parameters:
    ///   - directory: the path of the directory, whose names are valid; empty for the root.
    ///   - name: a valid name.
    package init(directory: [UInt8], name: [UInt8]) {
        bytes = directory.isEmpty ? name : directory + [UInt8(ascii: "/")] + name
    }

    /// The names, from the root on; one at least.
    package var components: [FileName] {
        bytes.split(separator: UInt8(ascii: "/")).map { FileName(Array($0)) }
    }

    /// The text for messages.
    package var display: String { DisplayText.escape(bytes) }
}

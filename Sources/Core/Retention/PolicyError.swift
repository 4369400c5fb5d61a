/// A text that is no part of a policy.
package struct PolicyError: Error, Hashable, CustomStringConvertible {
    /// What is wrong with the text; names it, unless it is too long or has other characters than a
    /// policy's.
    package let description: String
    /// What to write instead.
    package let remedy: String

    init(_ description: String, remedy: String) {
        self.description = description
        self.remedy = remedy
    }

    /// A text between quotes, as far as it can be shown.
    static func quote(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        return isPlain && text.utf8.count <= 40 ? "\"\(text)\"" : "the text"
    }
}

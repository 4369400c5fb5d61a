/// One pattern, with what it is for: a line of a `.gitignore` file, or the value of an option.
package struct SelectionPattern: Hashable, Sendable {
    /// The pattern as it was written.
    package let text: [UInt8]
    /// The line of its file, or its number among the options, from 1 on.
    package let line: Int
    /// Whether what matches is kept although an earlier pattern leaves it out.
    package let isNegated: Bool
    let path: PathGlob

    /// Whether only directories match.
    package var isForDirectories: Bool { path.isForDirectories }

    /// Whether it is compared with the path from its folder on, rather than with the name alone.
    package var isAnchored: Bool { path.isAnchored }

    var glob: Glob { path.glob }

    /// - Throws: `PatternError` when nothing could ever match.
    package init(_ text: [UInt8], line: Int) throws(PatternError) {
        do {
            self.init(text, line, try PathGlob(Self.body(of: text)))
        } catch {
            throw PatternError(text, error)
        }
    }

    /// A line that git would take: one that makes no sense matches nothing.
    init(lenient text: [UInt8], line: Int) {
        self.init(text, line, PathGlob(lenient: Self.body(of: text)))
    }

    private init(_ text: [UInt8], _ line: Int, _ path: PathGlob) {
        self.text = text
        self.line = line
        self.path = path
        isNegated = text.first == Self.negation
    }

    private static let negation = UInt8(ascii: "!")

    private static func body(of text: [UInt8]) -> ArraySlice<UInt8> {
        text.first == negation ? text.dropFirst() : text[...]
    }
}

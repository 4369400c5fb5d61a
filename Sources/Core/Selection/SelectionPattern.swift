/// One pattern, with what it is for: a line of a `.gitignore` file, or the value of an option.
package struct SelectionPattern: Hashable, Sendable {
    /// The pattern as it was written.
    package let text: [UInt8]
    /// The line of its file, or its number among the options, from 1 on.
    package let line: Int
    /// Whether what matches is kept although an earlier pattern leaves it out.
    package let isNegated: Bool
    /// Whether only directories match.
    package let isForDirectories: Bool
    /// Whether it is compared with the path from its folder on, rather than with the name alone.
    package let isAnchored: Bool
    let glob: Glob

    /// - Throws: `PatternError` when nothing could ever match.
    package init(_ text: [UInt8], line: Int) throws(PatternError) {
        let parts = Parts(text)
        guard !parts.body.isEmpty else {
            throw PatternError(
                pattern: text, position: max(text.count, 1), reason: "the pattern is empty")
        }
        do {
            self.init(text, line, parts, try Glob(Array(parts.body)))
        } catch {
            throw PatternError(
                pattern: text, position: parts.body.startIndex + error.offset + 1,
                reason: error.reason)
        }
    }

    /// A line that git would take: one that makes no sense matches nothing.
    init(lenient text: [UInt8], line: Int) {
        let parts = Parts(text)
        let glob: Glob
        do {
            glob = parts.body.isEmpty ? .never : try Glob(Array(parts.body))
        } catch {
            glob = .never
        }
        self.init(text, line, parts, glob)
    }

    private init(_ text: [UInt8], _ line: Int, _ parts: Parts, _ glob: Glob) {
        self.text = text
        self.line = line
        isNegated = parts.isNegated
        isForDirectories = parts.isForDirectories
        isAnchored = parts.isAnchored
        self.glob = glob
    }

    /// The signs around a pattern, and what is left without them.
    private struct Parts {
        private static let slash = UInt8(ascii: "/")

        var body: ArraySlice<UInt8>
        var isNegated = false
        var isForDirectories = false
        var isAnchored = false

        init(_ text: [UInt8]) {
            body = text[...]
            if body.first == UInt8(ascii: "!") {
                isNegated = true
                body = body.dropFirst()
            }
            if body.last == Self.slash {
                isForDirectories = true
                body = body.dropLast()
            }
            isAnchored = body.contains(Self.slash)
            if body.first == Self.slash { body = body.dropFirst() }
        }
    }
}

/// What entries are looked for by.
package struct PathPattern: Sendable {
    fileprivate enum Form {
        case glob(PathGlob)
        case expression(ExpressionProgram)
    }

    fileprivate let form: Form

    /// A glob: with a slash in it, other than at its end, it is compared with whole paths, without
    /// one with names. With a slash at its end only directories match.
    /// - Throws: `PatternError` when nothing could ever match.
    package init(glob text: [UInt8]) throws(PatternError) {
        do {
            form = .glob(try PathGlob(text[...]))
        } catch {
            throw PatternError(text, error)
        }
    }

    /// A regular expression that is looked for anywhere in a path: an extended one of POSIX, over
    /// bytes, with `\d`, `\w`, `\s` and the like.
    ///
    /// A path takes time in proportion to the lengths of both at most, and mostly to its own.
    /// - Throws: `PatternError` when it makes no sense, or is too large.
    package init(expression text: [UInt8]) throws(PatternError) {
        do {
            form = .expression(try ExpressionProgram(ExpressionParser.parse(text)))
        } catch {
            throw PatternError(text, error)
        }
    }

    /// Whether the folder that an entry is in makes a difference.
    package var looksAtFolders: Bool {
        switch form {
        case .glob(let glob): glob.isAnchored
        case .expression: true
        }
    }
}

/// Compares paths with a pattern; for one thread.
package struct PathMatcher {
    private let pattern: PathPattern
    private var expression: ExpressionMatcher?

    /// Compares with a pattern.
    package init(_ pattern: PathPattern) {
        self.pattern = pattern
        if case .expression(let program) = pattern.form { expression = ExpressionMatcher(program) }
    }

    /// Whether an entry is looked for.
    /// - Parameters:
    ///   - path: from the snapshot's root on, without a slash at its beginning; not empty.
    ///   - nameStart: where its last component begins.
    package mutating func matches(
        _ path: UnsafeRawBufferPointer, nameStart: Int, isDirectory: Bool
    ) -> Bool {
        switch pattern.form {
        case .glob(let glob):
            glob.matches(path, nameStart: nameStart, isDirectory: isDirectory)
        case .expression: expression?.matches(path) ?? false
        }
    }
}

/// A pattern that cannot match anything, as it stands.
package struct PatternError: Error, Hashable, Sendable {
    /// The pattern as it was given.
    package let pattern: [UInt8]
    /// The byte at which it goes wrong, from 1 on.
    package let position: Int
    /// What is wrong there.
    package let reason: String

    init(_ pattern: [UInt8], _ problem: PatternProblem) {
        self.pattern = pattern
        position = problem.offset + 1
        reason = problem.reason
    }
}

/// What is wrong with a part of a pattern.
struct PatternProblem: Error {
    /// The offset of the byte, within the part or the whole.
    let offset: Int
    let reason: String
}

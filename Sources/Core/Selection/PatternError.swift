/// A pattern that cannot match anything, as it stands.
package struct PatternError: Error, Hashable, Sendable {
    /// The pattern as it was given.
    package let pattern: [UInt8]
    /// The byte at which it goes wrong, from 1 on.
    package let position: Int
    /// What is wrong there.
    package let reason: String
}

/// What is wrong with a part of a pattern.
struct GlobProblem: Error {
    /// The offset of the byte, within the part.
    let offset: Int
    let reason: String
}

package import ObjectStore
package import Retention

/// A forgetting that was refused, or that has not come to its end.
package struct ForgetError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// The rules would keep nothing of some group, which was not allowed. Nothing has changed.
        package static let keepsNothing = Code(description: "nothing would be kept")
        /// The store has failed. A part may be done; doing it again completes it.
        package static let unfinished = Code(description: "not all was forgotten")
    }

    /// What kind of failure.
    package let code: Code
    /// `.keepsNothing`: the groups, sorted; else empty.
    package let groups: [RetentionGroup]
    /// `.unfinished`: how many snapshots are forgotten for certain, of `totalCount`.
    package let forgottenCount: Int
    /// How many were to be forgotten.
    package let totalCount: Int
    /// `.unfinished`: what the store has said.
    package let cause: StoreError?

    static func keepsNothing(of groups: [RetentionGroup], _ totalCount: Int) -> Self {
        Self(
            code: .keepsNothing, groups: groups, forgottenCount: 0, totalCount: totalCount,
            cause: nil)
    }

    static func unfinished(_ forgottenCount: Int, of totalCount: Int, _ cause: StoreError) -> Self {
        Self(
            code: .unfinished, groups: [], forgottenCount: forgottenCount, totalCount: totalCount,
            cause: cause)
    }

    package var description: String {
        cause.map { "\(code), \(forgottenCount) of \(totalCount) only: \($0)" }
            ?? "\(code) of \(groups.count) groups"
    }

    /// Equal codes: texts may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

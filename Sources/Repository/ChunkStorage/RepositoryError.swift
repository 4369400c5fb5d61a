import ObjectStore

/// Something about a repository that is not as it must be.
///
/// Failures of the store itself pass through as `StoreError`.
package struct RepositoryError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// There is no repository at the place.
        package static let noRepository = Code(description: "no repository")
        /// There is a repository at the place already.
        package static let exists = Code(description: "repository exists")
        /// A newer tool is needed.
        package static let unsupported = Code(description: "unsupported")
        /// An object is not what was written, or is gone.
        package static let damaged = Code(description: "damaged")
        /// Others have changed so much meanwhile that the run cannot go on.
        package static let changed = Code(description: "changed meanwhile")
        /// The snapshot was never completed, and nobody was told that it is there.
        package static let neverCompleted = Code(description: "never completed")
        /// No snapshot has the name, or several have it.
        package static let noSnapshot = Code(description: "no such snapshot")
        /// What is needed of a forgotten snapshot was deleted, or is about to be.
        package static let collected = Code(description: "collected already")
        /// The path is not in the snapshot.
        package static let noPath = Code(description: "no such path")
    }

    /// What kind of failure.
    package let code: Code
    /// What could not be done, on what: "cannot read pack 3f2a91c0...".
    package let message: String
    /// Why: which check failed, with what was expected and found.
    package let cause: String
    /// The next command to try; empty when there is none.
    package let remedy: String

    /// A failure.
    package init(_ code: Code, _ message: String, cause: String, remedy: String = "") {
        self.code = code
        self.message = message
        self.cause = cause
        self.remedy = remedy
    }

    package var description: String { cause.isEmpty ? message : "\(message): \(cause)" }

    /// Equal codes: texts may change without breaking a caller.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

extension RepositoryError {
    /// A block that cannot be had, for a reason that is known already.
    static func damaged(because reason: String) -> Self {
        Self(.damaged, "cannot read a block", cause: reason, remedy: "varve check --read-data")
    }

    /// An object that is not what was written.
    static func damaged(_ key: ObjectKey, in store: any ObjectStore, _ cause: String) -> Self {
        Self(
            .damaged, "\(key) in \(store.location) is damaged", cause: cause,
            remedy: "varve check --read-data")
    }
}

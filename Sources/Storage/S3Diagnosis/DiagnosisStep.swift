/// What one step of a diagnosis has found.
package struct DiagnosisStep: Hashable, Sendable {
    /// How it went.
    package enum Outcome: String, Sendable {
        /// As it should be.
        case passed
        /// The store can be used, but the user should know something.
        case warning
        /// The store cannot be used like this.
        case failed
        /// It cannot be found out from here.
        case unknown
    }

    /// What was looked at, such as `clock`.
    package let name: String
    /// How it went.
    package let outcome: Outcome
    /// What was found.
    package let finding: String
    /// What the user can do; empty when there is nothing to do.
    package let remedy: String

    /// A step.
    package init(_ name: String, _ outcome: Outcome, _ finding: String, remedy: String = "") {
        self.name = name
        self.outcome = outcome
        self.finding = finding
        self.remedy = remedy
    }
}

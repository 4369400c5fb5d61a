/// How many a rule keeps.
package enum KeepCount: Hashable, Sendable, CustomStringConvertible {
    /// So many at most; at least 1.
    case atMost(Int)
    /// All that there are.
    case all

    /// The largest number that somebody can mean; more is `all`.
    package static let limit = 1_000_000

    /// Reads a number from 1 to `limit`; `all`, or `-1` as other tools write it.
    package init(parsing text: String) throws(PolicyError) {
        if text == "all" || text == "-1" {
            self = .all
            return
        }
        let remedy = "a number from 1 to \(Self.limit), or all"
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
        guard text.utf8.count - digits.count <= 1, !digits.isEmpty,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw PolicyError("\(PolicyError.quote(text)) is no number", remedy: remedy) }
        let number = Int(text)
        switch number {
        case 0?:
            throw PolicyError(
                "0 keeps nothing", remedy: "leave the rule out, or write \(remedy)")
        case .some(...(-1)):
            throw PolicyError("\(PolicyError.quote(text)) is negative", remedy: remedy)
        case .some(1...Self.limit): self = .atMost(number ?? 1)
        default:
            // What does not fit the type is too large in one of two ways.
            throw PolicyError(
                text.hasPrefix("-")
                    ? "the number is negative" : "more than \(Self.limit) are meant to be all",
                remedy: remedy)
        }
    }

    /// Whether one more may be kept.
    func allows(_ kept: Int) -> Bool {
        switch self {
        case .atMost(let count): kept < count
        case .all: true
        }
    }

    /// What `init(parsing:)` reads.
    package var description: String {
        switch self {
        case .atMost(let count): "\(count)"
        case .all: "all"
        }
    }
}

import Pruning

/// Reads the values of options. Digits are ASCII, and nothing stands before or behind
/// what is described, so that no slip is taken for another value.
enum OptionValue {
    /// Longer than anybody waits, and far from overflowing.
    private static let longestGrace: Int64 = 100_000

    /// `5%`, `12.5%`, `1GiB` or `unlimited`.
    static func maximumUnused(_ text: String) throws -> PrunePolicy.MaximumUnused {
        if text == "unlimited" { return .unlimited }
        if text.hasSuffix("%"), let percent = percent(text.dropLast()) {
            return .fraction(percent / 100)
        }
        if let bytes = HumanText.parse(bytes: text) { return .bytes(bytes) }
        throw ValueProblem(
            "neither a part from 0% to 100%, nor a size, nor \"unlimited\"", try: "5%, or 1GiB")
    }

    /// `2GiB`.
    static func size(_ text: String) throws -> UInt64 {
        if let bytes = HumanText.parse(bytes: text) { return bytes }
        throw ValueProblem(
            "not a size: a whole number with K, M, G or T behind it, or none", try: "2GiB")
    }

    /// `0`, or a number with a unit.
    static func seconds(_ text: String) throws -> Int64 {
        if text == "0" { return 0 }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        if let unit = text.last.flatMap({ units[$0] }), let digits = digits(text.dropLast()),
            let number = Int64(digits), number <= longestGrace
        {
            return number * unit
        }
        throw ValueProblem(
            "neither 0, nor a whole number up to \(longestGrace) with s, m, h, d or w behind it",
            try: "24h, or 3d")
    }

    /// Digits, perhaps with a point and more of them.
    private static func percent(_ text: Substring) -> Double? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ digits($0) != nil }), let value = Double(text), value <= 100
        else { return nil }
        return value
    }

    /// The text when it is digits and nothing else, and not empty.
    private static func digits(_ text: Substring) -> Substring? {
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isNumber && !text.isEmpty ? text : nil
    }
}

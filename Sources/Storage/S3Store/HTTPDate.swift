import SnapshotModel

/// Dates in headers: `Tue, 24 Nov 2026 02:01:35 GMT` (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The moment in seconds since 1970; `nil` for any other form.
    static func parse(_ text: String) -> Int64? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC",
            let month = months.firstIndex(of: words[2]), words[1].count == 2,
            words[3].count == 4, words[4].count == 8
        else { return nil }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return CalendarTime.parse(iso8601: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")?
            .seconds
    }
}

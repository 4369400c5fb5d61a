/// UTC calendar text of moments: in object names, in manifests and for people.
///
/// Proleptic Gregorian calendar after Howard Hinnant's "chrono-Compatible Low-Level Date
/// Algorithms"; leap seconds do not exist in POSIX time.
package enum CalendarTime {
    /// `20261123T195501Z`, the form in object names: sorts as time does.
    package static func compact(_ time: Timestamp) -> String {
        let parts = Parts(time.seconds)
        return pad(parts.year, 4) + pad(parts.month, 2) + pad(parts.day, 2) + "T"
            + pad(parts.hour, 2) + pad(parts.minute, 2) + pad(parts.second, 2) + "Z"
    }

    /// `2026-11-23T19:55:01.123456789Z` (RFC 3339), the form in JSON; no fraction when it is zero.
    package static func iso8601(_ time: Timestamp) -> String {
        let parts = Parts(time.seconds)
        let fraction = time.nanoseconds == 0 ? "" : "." + pad(Int(time.nanoseconds), 9)
        return pad(parts.year, 4) + "-" + pad(parts.month, 2) + "-" + pad(parts.day, 2) + "T"
            + pad(parts.hour, 2) + ":" + pad(parts.minute, 2) + ":" + pad(parts.second, 2)
            + fraction + "Z"
    }

    /// Reads what `iso8601` writes; years 0000 to 9999.
    /// - Returns: `nil` for any other text, days that do not exist included.
    package static func parse(iso8601 text: String) -> Timestamp? {
        var digits = Digits(bytes: Array(text.utf8))
        guard let year = digits.number(4), digits.skip("-"), let month = digits.number(2),
            digits.skip("-"), let day = digits.number(2), digits.skip("T"),
            let hour = digits.number(2), digits.skip(":"), let minute = digits.number(2),
            digits.skip(":"), let second = digits.number(2)
        else { return nil }
        var nanoseconds = 0
        if digits.skip(".") {
            guard let fraction = digits.number(9), fraction > 0 else { return nil }
            nanoseconds = fraction
        }
        guard digits.skip("Z"), digits.isAtEnd, (1...12).contains(month), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let days = dayNumber(year: year, month: month, day: day)
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        let parts = Parts(seconds)
        guard parts.month == month, parts.day == day else { return nil }
        return Timestamp(seconds: seconds, nanoseconds: UInt32(nanoseconds))
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// A moment taken apart; `init` is the inverse of `dayNumber` plus the time of day.
    private struct Parts {
        let year: Int
        let month: Int
        let day: Int
        let hour: Int
        let minute: Int
        let second: Int

        init(_ seconds: Int64) {
            let rest = Int(((seconds % 86_400) + 86_400) % 86_400)
            let days = Int((seconds / 86_400) - (seconds % 86_400 < 0 ? 1 : 0))
            let shifted = days + 719_468
            let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra =
                (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let monthIndex = (5 * dayOfYear + 2) / 153
            day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
            month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
            hour = rest / 3600
            minute = rest % 3600 / 60
            second = rest % 60
        }
    }

    private struct Digits {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
                return false
            }
            position += 1
            return true
        }

        mutating func number(_ width: Int) -> Int? {
            guard position + width <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<position + width] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            position += width
            return value
        }
    }
}

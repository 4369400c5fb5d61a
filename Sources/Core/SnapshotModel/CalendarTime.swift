/// UTC calendar text of moments: in object names, in manifests and for people.
///
/// `CalendarFields` has the calendar.
package enum CalendarTime {
    /// `20261123T195501Z`, the form in object names: sorts as time does.
    package static func compact(_ time: Timestamp) -> String {
        let parts = CalendarFields(secondsSince1970: time.seconds)
        return pad(parts.year, 4) + pad(parts.month, 2) + pad(parts.day, 2) + "T"
            + pad(parts.hour, 2) + pad(parts.minute, 2) + pad(parts.second, 2) + "Z"
    }

    /// `2026-11-23T19:55:01.123456789Z` (RFC 3339), the form in JSON; no fraction when it is zero.
    package static func iso8601(_ time: Timestamp) -> String {
        let parts = CalendarFields(secondsSince1970: time.seconds)
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
        let days = CalendarFields.dayNumber(year: year, month: month, day: day)
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        let parts = CalendarFields(secondsSince1970: seconds)
        guard parts.month == month, parts.day == day else { return nil }
        return Timestamp(seconds: seconds, nanoseconds: UInt32(nanoseconds))
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
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

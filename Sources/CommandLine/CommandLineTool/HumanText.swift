import SnapshotModel

/// Numbers and times as people read them.
enum HumanText {
    /// `532 B`, `1.4 MiB`: three digits and a binary unit.
    static func bytes(_ count: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(count)
        var unit = 0
        while value >= 1000, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(count) B" }
        let tenths = Int((value * 10).rounded())
        return tenths >= 1000
            ? "\((tenths + 5) / 10) \(units[unit])"
            : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// `1 file`, `2 files`.
    static func count(_ number: UInt64, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    /// `12.3 s`.
    static func seconds(_ milliseconds: UInt64) -> String {
        "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }

    /// `2026-11-23 19:55:01Z`.
    static func time(_ time: Timestamp) -> String {
        let whole = Timestamp(seconds: time.seconds, nanoseconds: 0)
        return CalendarTime.iso8601(whole).split(separator: "T").joined(separator: " ")
    }

    /// `2026-11-23 20:55:01+01:00`: what a clock shows that is ahead of UTC by so much.
    static func localTime(_ time: Timestamp, offsetInSeconds: Int) -> String {
        let shown = Timestamp(seconds: time.seconds + Int64(offsetInSeconds), nanoseconds: 0)
        let minutes = Int(offsetInSeconds.magnitude) / 60
        let zone = [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        let sign = offsetInSeconds < 0 ? "-" : "+"
        return Self.time(shown).dropLast()
            + (minutes == 0 ? "Z" : sign + zone.joined(separator: ":"))
    }

    /// Reads `16KiB`, `4M`, `100`: binary units, the `iB` may be left out.
    /// - Returns: `nil` for anything else.
    static func parse(bytes text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits) else { return nil }
        var unit = text.dropFirst(digits.count).uppercased()
        for suffix in ["IB", "B"] where unit.hasSuffix(suffix) {
            unit = String(unit.dropLast(suffix.count))
            break
        }
        guard let power = ["", "K", "M", "G", "T"].firstIndex(of: unit),
            // There is no binary unit of one byte.
            power > 0 || !text.uppercased().hasSuffix("IB")
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: 1 << UInt64(10 * power))
        return overflow ? nil : product
    }

    /// Reads `30s`, `5m`, `12h`: a whole number and a unit.
    /// - Returns: milliseconds; `nil` for anything else, and for nothing.
    static func parse(duration text: String) -> UInt64? {
        let units: [Character: UInt64] = ["s": 1000, "m": 60_000, "h": 3_600_000]
        let digits = text.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), digits.allSatisfy(\.isNumber),
            let number = UInt64(digits), number > 0
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    /// Mode, owner, size and time, as `ls -l` shows them, with a space behind.
    static func details(_ entry: Entry) -> String {
        let metadata = entry.metadata
        let size = String(entry.kind.content?.sizeInBytes ?? 0)
        let padding = String(repeating: " ", count: max(0, 12 - size.count))
        return
            "\(mode(entry.kind, metadata.mode)) \(metadata.userID) \(metadata.groupID) "
            + "\(padding)\(size) \(time(metadata.modified)) "
    }

    /// `drwxr-xr-x`, as `ls -l` shows it.
    static func mode(_ kind: EntryKind, _ mode: UInt16) -> String {
        let type: Character =
            switch kind {
            case .file: "-"
            case .directory: "d"
            case .symlink: "l"
            case .fifo: "p"
            case .socket: "s"
            case .characterDevice: "c"
            case .blockDevice: "b"
            }
        var text = String(type)
        for (shift, special, letter) in [(6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")] {
            let bits = mode >> UInt16(shift)
            let isExecutable = bits & 1 != 0
            text += bits & 4 != 0 ? "r" : "-"
            text += bits & 2 != 0 ? "w" : "-"
            if mode & UInt16(special) != 0 {
                text += isExecutable ? letter : letter.uppercased()
            } else {
                text += isExecutable ? "x" : "-"
            }
        }
        return text
    }
}

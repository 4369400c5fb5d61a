import SnapshotModel

/// The records of a pax extended header (POSIX.1-2001, "pax Extended Header").
struct PaxRecords {
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }

    /// Appends a record, whose length stands in front of it and counts itself.
    mutating func append(_ key: [UInt8], _ value: [UInt8]) {
        let rest = 1 + key.count + 1 + value.count + 1
        var length = rest + 1
        // Longer numbers make longer records: at most one more digit for each round.
        while String(length).utf8.count + rest != length {
            length = String(length).utf8.count + rest
        }
        bytes += "\(length) ".utf8
        bytes += key
        bytes.append(UInt8(ascii: "="))
        bytes += value
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func append(_ key: String, _ value: [UInt8]) { append(Array(key.utf8), value) }

    mutating func append(_ key: String, _ value: String) { append(key, Array(value.utf8)) }

    /// A moment as a decimal number with nine digits behind the point.
    static func text(of time: Timestamp) -> String {
        if time.nanoseconds == 0 { return "\(time.seconds)" }
        // Before 1970 nanoseconds count forward from the second below: -2 s and 0.75 s is -1.25.
        let isNegative = time.seconds < 0
        let seconds = isNegative ? -(time.seconds + 1) : time.seconds
        let nanoseconds =
            isNegative ? Timestamp.nanosecondsPerSecond - time.nanoseconds : time.nanoseconds
        let digits = String(nanoseconds)
        let zeros = String(repeating: "0", count: 9 - digits.utf8.count)
        return "\(isNegative ? "-" : "")\(seconds).\(zeros)\(digits)"
    }

    /// The key of an extended attribute. What would end the key is escaped, as GNU tar does.
    static func key(ofAttribute name: [UInt8]) -> [UInt8] {
        var key = Array("SCHILY.xattr.".utf8)
        for byte in name {
            switch byte {
            case UInt8(ascii: "%"): key += "%25".utf8
            case UInt8(ascii: "="): key += "%3D".utf8
            default: key.append(byte)
            }
        }
        return key
    }
}

// The names that a restore gives to files of its own at the target: of those that are not complete
// yet, and of those that somebody has changed here and that had to make room.

import SnapshotModel

/// The name that a file has until it is complete.
///
/// It follows from the final name, so that the next run finds what a killed one has left.
enum TemporaryName {
    static let prefix = Array(".varve-restore-".utf8)
    private static let digits = 16

    /// The temporary name of a file.
    /// - Parameter attempt: above 0 for another one, when the first is taken.
    static func make(for name: [UInt8], attempt: Int = 0) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(prefix.count + digits)
        text += prefix
        Hexadecimal.append(hash(name), to: &text)
        if attempt > 0 { text += Array("-\(attempt)".utf8) }
        return text
    }

    /// Whether a name is one of these.
    static func matches(_ name: some Collection<UInt8>) -> Bool {
        guard name.starts(with: prefix) else { return false }
        let rest = name.dropFirst(prefix.count)
        let isHash = rest.prefix(digits).allSatisfy { Hexadecimal.digit($0) != nil }
        guard rest.count >= digits, isHash else { return false }
        let attempt = rest.dropFirst(digits)
        return attempt.isEmpty
            || attempt.first == UInt8(ascii: "-") && attempt.count > 1
                && attempt.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// FNV-1a: two files of one folder that share a name here are told apart when they are made.
    private static func hash(_ name: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Wrapping multiplication is the definition of the hash.
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}

/// The name under which an entry is kept that was changed here.
enum ConflictName {
    static let mark = Array(".varve-conflict-".utf8)
    /// The longest name that file systems take.
    private static let longestInBytes = 255
    /// The digits of a time and the letters between and behind them.
    private static let timeLength = 16

    /// The name for an entry.
    /// - Parameters:
    ///   - time: of the restore.
    ///   - attempt: above 0 for another one, when the first is taken.
    static func make(for name: [UInt8], time: Timestamp, attempt: Int = 0) -> [UInt8] {
        let number = attempt == 0 ? "" : "-\(attempt)"
        let suffix = mark + Array((CalendarTime.compact(time) + number).utf8)
        return shorten(name, to: longestInBytes - suffix.count) + suffix
    }

    /// Whether a name is one of these: such files are the user's, and no restore removes them.
    static func matches(_ name: [UInt8]) -> Bool {
        guard name.count > mark.count + timeLength else { return false }
        let starts = (1...name.count - mark.count - timeLength)
        guard let start = starts.last(where: { name[$0...].starts(with: mark) }) else {
            return false
        }
        let time = name[(start + mark.count)...].prefix(timeLength)
        return time.last == UInt8(ascii: "Z") && time[time.startIndex + 8] == UInt8(ascii: "T")
    }

    /// Cuts a name without cutting a character, if it is text.
    private static func shorten(_ name: [UInt8], to count: Int) -> [UInt8] {
        guard name.count > count else { return name }
        // A character has at most four bytes in UTF-8; what goes on for longer is none.
        let end = (count - 3...count).last { name[$0] & 0xC0 != 0x80 } ?? count
        return Array(name[..<end])
    }
}

import SnapshotModel

/// A header block of 512 bytes (POSIX.1-1988, "ustar").
struct UstarHeader {
    /// The field for the path's end, without a NUL where it is full.
    static let nameLength = 100
    /// The field for the path's beginning, before a slash that is in neither.
    static let prefixLength = 155
    /// The field for the path that a link points to.
    static let linkLength = 100
    /// The fields for names of owners, of which the last byte is NUL.
    static let ownerLength = 31
    /// The largest size: eleven octal digits.
    static let largestSize: UInt64 = 0o777_7777_7777
    /// The largest number of an owner or device: seven octal digits.
    static let largestNumber: UInt64 = 0o777_7777

    private(set) var bytes = [UInt8](repeating: 0, count: TarEncoder.recordInBytes)

    /// A header with mode, type and size.
    init(mode: UInt16, type: Character, sizeInBytes: UInt64) {
        put(octal: UInt64(mode), at: 100, digits: 7)
        put(octal: 0, at: 108, digits: 7)
        put(octal: 0, at: 116, digits: 7)
        put(octal: sizeInBytes <= Self.largestSize ? sizeInBytes : 0, at: 124, digits: 11)
        put(octal: 0, at: 136, digits: 11)
        // The callers name types by ASCII letters and digits.
        bytes[156] = type.asciiValue ?? 0
        put(Array("ustar\u{0}00".utf8), at: 257)
        put(octal: 0, at: 329, digits: 7)
        put(octal: 0, at: 337, digits: 7)
    }

    /// Puts a path into name and prefix.
    /// - Returns: whether all of it fits; what does not is cut off.
    mutating func put(path: [UInt8]) -> Bool {
        if path.count <= Self.nameLength {
            put(path, at: 0)
            return true
        }
        // The slash may be the byte behind a full prefix, and has at least one byte behind it.
        let first = path.count - Self.nameLength - 1
        let slash = path.indices.first { index in
            index >= first && index > 0 && index + 1 < path.count
                && path[index] == UInt8(ascii: "/")
        }
        guard let slash, slash <= Self.prefixLength else {
            put(Array(path.prefix(Self.nameLength)), at: 0)
            return false
        }
        put(Array(path[(slash + 1)...]), at: 0)
        put(Array(path[..<slash]), at: 345)
        return true
    }

    /// Puts what a link points to; what does not fit is cut off.
    mutating func put(link: [UInt8]) { put(Array(link.prefix(Self.linkLength)), at: 157) }

    /// Puts the owner's numbers; those that do not fit count as 0.
    mutating func put(userID: UInt64, groupID: UInt64) {
        put(octal: userID <= Self.largestNumber ? userID : 0, at: 108, digits: 7)
        put(octal: groupID <= Self.largestNumber ? groupID : 0, at: 116, digits: 7)
    }

    /// Puts the owner's names; what does not fit is cut off.
    mutating func put(userName: String, groupName: String) {
        put(Array(userName.utf8.prefix(Self.ownerLength)), at: 265)
        put(Array(groupName.utf8.prefix(Self.ownerLength)), at: 297)
    }

    /// Puts a time; one that does not fit counts as 0.
    mutating func put(seconds: Int64) {
        let isRepresentable = seconds >= 0 && UInt64(seconds) <= Self.largestSize
        put(octal: isRepresentable ? UInt64(seconds) : 0, at: 136, digits: 11)
    }

    /// Puts the number of a device.
    mutating func put(_ device: DeviceNumber) {
        put(device: device.major, at: 329)
        put(device: device.minor, at: 337)
    }

    /// The block, with its sum.
    consuming func finish() -> [UInt8] {
        // The sum is taken with spaces in its own place.
        for index in 148..<156 { bytes[index] = UInt8(ascii: " ") }
        let sum = bytes.reduce(0) { $0 + UInt64($1) }
        put(octal: sum, at: 148, digits: 6)
        return bytes
    }

    /// Numbers beyond seven octal digits, which Linux does not have, go in binary behind a byte
    /// with the highest bit: no standard has a place for them, and everybody reads this.
    private mutating func put(device number: UInt32, at offset: Int) {
        guard UInt64(number) > Self.largestNumber else {
            put(octal: UInt64(number), at: offset, digits: 7)
            return
        }
        bytes[offset] = 0x80
        for index in 0..<4 {
            bytes[offset + 7 - index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index)))
        }
    }

    /// Octal digits and a NUL.
    private mutating func put(octal number: UInt64, at offset: Int, digits: Int) {
        var rest = number
        for index in (0..<digits).reversed() {
            bytes[offset + index] = UInt8(ascii: "0") + UInt8(rest & 7)
            rest >>= 3
        }
        bytes[offset + digits] = 0
    }

    private mutating func put(_ value: [UInt8], at offset: Int) {
        bytes.replaceSubrange(offset..<offset + value.count, with: value)
    }
}

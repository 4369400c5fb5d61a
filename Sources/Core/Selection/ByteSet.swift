/// A set of bytes, as a bracket of a pattern names it.
struct ByteSet: Hashable, Sendable {
    private var low: (UInt64, UInt64) = (0, 0)
    private var high: (UInt64, UInt64) = (0, 0)

    /// The empty set.
    init() {}

    /// The bytes for which a condition holds.
    init(where condition: (UInt8) -> Bool) {
        for byte in UInt8.min...UInt8.max where condition(byte) { insert(byte) }
    }

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: low.0 |= bit
        case 1: low.1 |= bit
        case 2: high.0 |= bit
        default: high.1 |= bit
        }
    }

    mutating func remove(_ byte: UInt8) {
        var other = Self()
        other.insert(byte)
        other = other.inverted
        low = (low.0 & other.low.0, low.1 & other.low.1)
        high = (high.0 & other.high.0, high.1 & other.high.1)
    }

    mutating func formUnion(_ other: Self) {
        low = (low.0 | other.low.0, low.1 | other.low.1)
        high = (high.0 | other.high.0, high.1 | other.high.1)
    }

    /// All bytes but these.
    var inverted: Self {
        var result = self
        result.low = (~low.0, ~low.1)
        result.high = (~high.0, ~high.1)
        return result
    }

    /// The bits that all bytes of the set have alike, with a mask that says which these are.
    var commonBits: (bits: UInt8, mask: UInt8) {
        var (all, any) = (UInt8.max, UInt8.min)
        for byte in UInt8.min...UInt8.max where contains(byte) {
            all &= byte
            any |= byte
        }
        // An empty set has every bit set and none: nothing can be said of it.
        return all & any == all ? (all, all | ~any) : (0, 0)
    }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: low.0
            case 1: low.1
            case 2: high.0
            default: high.1
            }
        return word >> UInt64(byte & 63) & 1 == 1
    }

    static func == (left: Self, right: Self) -> Bool {
        left.low == right.low && left.high == right.high
    }

    func hash(into hasher: inout Hasher) {
        for word in [low.0, low.1, high.0, high.1] { hasher.combine(word) }
    }
}

extension ByteSet {
    /// The bytes of a named class such as `alpha`, ASCII only; `nil` when there is no such class.
    init?(className: ArraySlice<UInt8>) {
        switch String(decoding: className, as: UTF8.self) {
        case "alnum": self.init { Self.isLetter($0) || Self.isDigit($0) }
        case "alpha": self.init(where: Self.isLetter)
        case "blank": self.init { $0 == 0x20 || $0 == 0x09 }
        case "cntrl": self.init { $0 < 0x20 || $0 == 0x7F }
        case "digit": self.init(where: Self.isDigit)
        case "graph": self.init { (0x21...0x7E).contains($0) }
        case "lower": self.init { (0x61...0x7A).contains($0) }
        case "print": self.init { (0x20...0x7E).contains($0) }
        case "punct":
            self.init { byte in
                (0x21...0x7E).contains(byte) && !Self.isLetter(byte) && !Self.isDigit(byte)
            }
        // Vertical tabs and form feeds are no space for git.
        case "space": self.init { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        case "upper": self.init { (0x41...0x5A).contains($0) }
        case "xdigit": self.init { Self.isDigit($0) || (0x41...0x46).contains($0 & ~0x20) }
        default: return nil
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & ~0x20) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

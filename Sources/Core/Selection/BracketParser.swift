/// Takes a bracket of a pattern to pieces, such as `[a-z_]` or `[[:digit:].]`.
struct BracketParser {
    /// What kind of pattern the bracket is part of.
    enum Dialect {
        /// `!` negates as well as `^`, and a backslash makes any byte stand for itself.
        case glob
        /// A backslash means what it means outside of brackets.
        case expression
    }

    private static let backslash = UInt8(ascii: "\\")

    private let bytes: [UInt8]
    private let start: Int
    private let dialect: Dialect
    private var set = ByteSet()
    /// The byte with which a range may begin.
    private var previous: UInt8?
    /// Behind what was parsed.
    private(set) var position: Int

    /// - Parameter start: where the bracket opens.
    init(_ bytes: [UInt8], openAt start: Int, _ dialect: Dialect) {
        self.bytes = bytes
        self.start = start
        self.dialect = dialect
        position = start + 1
    }

    private var open: PatternProblem {
        PatternProblem(offset: start, reason: "the bracket is not closed")
    }

    private func byte(_ place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }

    /// The bytes for which the bracket stands.
    mutating func parse() throws(PatternProblem) -> ByteSet {
        let isNegated =
            byte(position) == UInt8(ascii: "^")
            || dialect == .glob && byte(position) == UInt8(ascii: "!")
        if isNegated { position += 1 }
        // A bracket that closes right at the beginning stands for itself.
        repeat { try parsePart() } while byte(position) != UInt8(ascii: "]")
        position += 1
        return isNegated ? set.inverted : set
    }

    private mutating func parsePart() throws(PatternProblem) {
        guard let current = byte(position) else { throw open }
        let next = byte(position + 1)
        if current == UInt8(ascii: "-"), let first = previous, let next, next != UInt8(ascii: "]") {
            position += 1
            let last = try parseElement()
            guard let end = last.single else {
                throw PatternProblem(offset: start, reason: "a range needs a byte at its end")
            }
            if first <= end { for byte in first...end { set.insert(byte) } }
            previous = nil
        } else if current == UInt8(ascii: "["), next == UInt8(ascii: ":"),
            let named = try parseClass()
        {
            set.formUnion(named)
            previous = nil
        } else {
            let element = try parseElement()
            set.formUnion(element.set)
            previous = element.single
        }
    }

    /// The byte at the position, or what stands behind the backslash there.
    private mutating func parseElement() throws(PatternProblem) -> ByteEscape {
        guard let current = byte(position) else { throw open }
        guard current == Self.backslash else {
            position += 1
            return .byte(current)
        }
        if dialect == .expression {
            return try ByteEscape.parse(bytes, at: &position)
        }
        guard let escaped = byte(position + 1) else { throw open }
        position += 2
        return .byte(escaped)
    }

    /// Parses a class such as `[:alpha:]`.
    /// - Returns: `nil` when it is none, so that the bracket stands for itself.
    private mutating func parseClass() throws(PatternProblem) -> ByteSet? {
        let nameStart = position + 2
        guard let end = bytes[nameStart...].firstIndex(of: UInt8(ascii: "]")) else { throw open }
        guard end > nameStart, bytes[end - 1] == UInt8(ascii: ":") else { return nil }
        let name = bytes[nameStart..<end - 1]
        guard let set = ByteSet(className: name) else {
            throw PatternProblem(
                offset: position,
                reason: "there is no class [:\(String(decoding: name, as: UTF8.self)):]")
        }
        position = end + 1
        return set
    }
}

/// What a backslash and the bytes behind it stand for in a regular expression.
enum ByteEscape {
    case byte(UInt8)
    case set(ByteSet)

    /// The bytes.
    var set: ByteSet {
        switch self {
        case .byte(let byte):
            var set = ByteSet()
            set.insert(byte)
            return set
        case .set(let set): return set
        }
    }

    /// The only byte, when it is meant as one.
    var single: UInt8? {
        if case .byte(let byte) = self { byte } else { nil }
    }

    private static let digits = ByteSet { (0x30...0x39).contains($0) }
    private static let spaces = ByteSet { $0 == 0x20 || (0x09...0x0D).contains($0) }
    private static let wordBytes = ByteSet { byte in
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
            || (0x41...0x5A).contains(byte & ~0x20)
    }

    /// Parses an escape, and goes behind it.
    static func parse(
        _ bytes: [UInt8], at position: inout Int
    ) throws(PatternProblem) -> Self {
        let start = position
        guard start + 1 < bytes.count else {
            throw PatternProblem(offset: start, reason: "nothing stands behind the backslash")
        }
        let letter = bytes[start + 1]
        position += 2
        switch letter {
        case UInt8(ascii: "d"): return .set(digits)
        case UInt8(ascii: "D"): return .set(digits.inverted)
        case UInt8(ascii: "w"): return .set(wordBytes)
        case UInt8(ascii: "W"): return .set(wordBytes.inverted)
        case UInt8(ascii: "s"): return .set(spaces)
        case UInt8(ascii: "S"): return .set(spaces.inverted)
        case UInt8(ascii: "t"): return .byte(0x09)
        case UInt8(ascii: "n"): return .byte(0x0A)
        case UInt8(ascii: "r"): return .byte(0x0D)
        case UInt8(ascii: "x"):
            guard let byte = hexadecimal(bytes[position...].prefix(2)) else {
                throw PatternProblem(
                    offset: start, reason: "two hexadecimal digits must stand behind \\x")
            }
            position += 2
            return .byte(byte)
        case _ where wordBytes.contains(letter):
            // What other tools have of these would match something else here, or nothing.
            throw PatternProblem(
                offset: start,
                reason: "\\\(Character(Unicode.Scalar(letter))) means nothing here")
        default: return .byte(letter)
        }
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") }) else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}

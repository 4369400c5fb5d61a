/// A piece of a pattern.
enum GlobToken: Hashable, Sendable {
    /// This byte.
    case literal(UInt8)
    /// Any byte but a slash.
    case any
    /// One of these bytes; never a slash.
    case set(ByteSet)
    /// Any bytes but slashes, or none.
    case star
    /// Any bytes, or none.
    case everything
    /// Nothing, or any bytes with a slash behind them.
    case folders
}

/// Takes a pattern to pieces; its rules are those of git's patterns.
struct GlobParser {
    private static let slash = UInt8(ascii: "/")
    private static let backslash = UInt8(ascii: "\\")
    private static let asterisk = UInt8(ascii: "*")

    private let bytes: [UInt8]
    private var position = 0
    private var tokens: [GlobToken] = []
    /// Whether all tokens so far came from bytes that mean nothing but themselves.
    private var isPlain = true

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The pieces of a pattern.
    static func tokens(of pattern: [UInt8]) throws(GlobProblem) -> [GlobToken] {
        var parser = GlobParser(pattern)
        while parser.position < pattern.count { try parser.parseToken() }
        return parser.tokens
    }

    private mutating func parseToken() throws(GlobProblem) {
        let start = position
        let byte = bytes[position]
        position += 1
        switch byte {
        case Self.asterisk: parseAsterisks(from: start)
        case UInt8(ascii: "?"): tokens.append(.any)
        case UInt8(ascii: "["): tokens.append(.set(try parseSet(from: start)))
        case Self.backslash:
            guard position < bytes.count else {
                throw GlobProblem(offset: start, reason: "nothing stands behind the backslash")
            }
            tokens.append(.literal(bytes[position]))
            position += 1
        default:
            tokens.append(.literal(byte))
            return
        }
        isPlain = false
    }

    /// Two asterisks cross folders when they stand between slashes, or the ends of the pattern.
    ///
    /// Git compares what stands before the first wildcard on its own, and then takes the rest for a
    /// pattern of its own: to that rest, asterisks right at its beginning stand at the beginning.
    private mutating func parseAsterisks(from start: Int) {
        while position < bytes.count, bytes[position] == Self.asterisk { position += 1 }
        let isOpen = isPlain || bytes[start - 1] == Self.slash
        let rest = bytes[position...]
        guard position - start > 1, isOpen else { return tokens.append(.star) }
        if rest.first == Self.slash {
            position += 1
            tokens.append(.folders)
        } else {
            let isClosed = rest.isEmpty || rest.starts(with: [Self.backslash, Self.slash])
            tokens.append(isClosed ? .everything : .star)
        }
    }

    private func byte(_ place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func parseSet(from start: Int) throws(GlobProblem) -> ByteSet {
        let open = GlobProblem(offset: start, reason: "the bracket is not closed")
        let isNegated = byte(position) == UInt8(ascii: "!") || byte(position) == UInt8(ascii: "^")
        if isNegated { position += 1 }
        var set = ByteSet()
        /// The byte with which a range may begin.
        var previous: UInt8?
        // A bracket that closes right at the beginning stands for itself.
        repeat {
            guard var current = byte(position) else { throw open }
            let next = byte(position + 1)
            if current == UInt8(ascii: "-"), let first = previous, let next,
                next != UInt8(ascii: "]")
            {
                position += 1
                let last = try unescaped(or: open)
                if first <= last { for byte in first...last { set.insert(byte) } }
                previous = nil
            } else if current == UInt8(ascii: "["), next == UInt8(ascii: ":"),
                let named = try parseClass(or: open)
            {
                set.formUnion(named)
                previous = nil
            } else {
                current = try unescaped(or: open)
                set.insert(current)
                previous = current
            }
            position += 1
        } while byte(position) != UInt8(ascii: "]")
        position += 1
        var result = isNegated ? set.inverted : set
        result.remove(Self.slash)
        return result
    }

    /// The byte at the position, or the one behind the backslash that stands there.
    private mutating func unescaped(or open: GlobProblem) throws(GlobProblem) -> UInt8 {
        if byte(position) == Self.backslash { position += 1 }
        guard let byte = byte(position) else { throw open }
        return byte
    }

    /// Parses a class such as `[:alpha:]`, and stops at its last bracket.
    /// - Returns: `nil` when it is none, so that the bracket stands for itself.
    private mutating func parseClass(or open: GlobProblem) throws(GlobProblem) -> ByteSet? {
        let start = position + 2
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "]")) else { throw open }
        guard end > start, bytes[end - 1] == UInt8(ascii: ":") else { return nil }
        let name = bytes[start..<end - 1]
        guard let set = ByteSet(className: name) else {
            throw GlobProblem(
                offset: position,
                reason: "there is no class [:\(String(decoding: name, as: UTF8.self)):]")
        }
        position = end
        return set
    }
}

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
    static func tokens(of pattern: [UInt8]) throws(PatternProblem) -> [GlobToken] {
        var parser = GlobParser(pattern)
        while parser.position < pattern.count { try parser.parseToken() }
        return parser.tokens
    }

    private mutating func parseToken() throws(PatternProblem) {
        let start = position
        let byte = bytes[position]
        position += 1
        switch byte {
        case Self.asterisk: parseAsterisks(from: start)
        case UInt8(ascii: "?"): tokens.append(.any)
        case UInt8(ascii: "["):
            var bracket = BracketParser(bytes, openAt: start, .glob)
            var set = try bracket.parse()
            set.remove(Self.slash)
            tokens.append(.set(set))
            position = bracket.position
        case Self.backslash:
            guard position < bytes.count else {
                throw PatternProblem(offset: start, reason: "nothing stands behind the backslash")
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
}

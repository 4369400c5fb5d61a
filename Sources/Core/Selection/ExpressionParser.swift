/// A piece of a regular expression.
indirect enum ExpressionNode {
    /// One of these bytes.
    case byte(ByteSet)
    /// All of these, one behind the other; nothing when there are none.
    case sequence([ExpressionNode])
    /// One of these.
    case choice([ExpressionNode])
    /// So many times; without a maximum any number of times from the minimum on.
    case repeated(ExpressionNode, minimum: Int, maximum: Int?, offset: Int)
    /// The beginning of the text.
    case start
    /// The end of the text.
    case end
}

/// Takes a regular expression to pieces: the extended ones of POSIX, over bytes, with the escapes
/// that most tools have.
struct ExpressionParser {
    /// Deeper groups are refused, for each takes a piece of the stack.
    private static let mostGroups = 100
    /// What POSIX lets repetitions ask for at least, and then some.
    private static let mostRepetitions = 1000
    private static let anyByte = ByteSet().inverted

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The pieces of an expression.
    static func parse(_ text: [UInt8]) throws(PatternProblem) -> ExpressionNode {
        var parser = ExpressionParser(text)
        let node = try parser.parseChoice()
        if parser.position < text.count {
            throw PatternProblem(offset: parser.position, reason: "there is no group to close")
        }
        return node
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func parseChoice() throws(PatternProblem) -> ExpressionNode {
        var choices = [try parseSequence()]
        while skip("|") { choices.append(try parseSequence()) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func parseSequence() throws(PatternProblem) -> ExpressionNode {
        var nodes: [ExpressionNode] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            nodes.append(try parseRepeated())
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func parseRepeated() throws(PatternProblem) -> ExpressionNode {
        let node = try parseSingle()
        let offset = position
        guard let (minimum, maximum) = try parseRepetition() else { return node }
        if try parseRepetition() != nil {
            throw PatternProblem(
                offset: offset + 1, reason: "one repetition stands right behind another")
        }
        return .repeated(node, minimum: minimum, maximum: maximum, offset: offset)
    }

    private mutating func parseSingle() throws(PatternProblem) -> ExpressionNode {
        let start = position
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "("): return try parseGroup(from: start)
        case UInt8(ascii: "["):
            var bracket = BracketParser(bytes, openAt: start, .expression)
            let set = try bracket.parse()
            position = bracket.position
            return .byte(set)
        case UInt8(ascii: "."): return .byte(Self.anyByte)
        case UInt8(ascii: "^"): return .start
        case UInt8(ascii: "$"): return .end
        case UInt8(ascii: "\\"):
            position = start
            return .byte(try ByteEscape.parse(bytes, at: &position).set)
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            throw PatternProblem(offset: start, reason: "there is nothing to repeat")
        default: return .byte(ByteEscape.byte(byte).set)
        }
    }

    private mutating func parseGroup(from start: Int) throws(PatternProblem) -> ExpressionNode {
        if next == UInt8(ascii: "?") {
            throw PatternProblem(offset: start, reason: "groups that begin with (? are not known")
        }
        guard depth < Self.mostGroups else {
            throw PatternProblem(
                offset: start, reason: "more than \(Self.mostGroups) groups within each other")
        }
        depth += 1
        let node = try parseChoice()
        depth -= 1
        guard skip(")") else {
            throw PatternProblem(offset: start, reason: "the group is not closed")
        }
        return node
    }

    /// - Returns: `nil` when no repetition stands at the position.
    private mutating func parseRepetition() throws(PatternProblem) -> (Int, Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        let start = position
        guard skip("{") else { return nil }
        guard let minimum = try parseNumber(from: start) else {
            throw PatternProblem(offset: start, reason: "a number must stand behind the brace")
        }
        var maximum: Int? = minimum
        if skip(",") { maximum = try parseNumber(from: start) }
        guard skip("}") else {
            throw PatternProblem(offset: start, reason: "the brace is not closed")
        }
        if let maximum, maximum < minimum {
            throw PatternProblem(offset: start, reason: "the larger number comes first")
        }
        return (minimum, maximum)
    }

    /// - Returns: `nil` when there are no digits.
    private mutating func parseNumber(from start: Int) throws(PatternProblem) -> Int? {
        var number: Int?
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            position += 1
            if let number, number > Self.mostRepetitions {
                throw PatternProblem(
                    offset: start, reason: "more than \(Self.mostRepetitions) repetitions")
            }
        }
        return number
    }
}

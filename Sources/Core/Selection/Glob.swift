/// A pattern that is ready to be compared.
///
/// The usual forms (`name`, `*.suffix`, `prefix*`) are compared in one go; all others by a walk
/// that goes back to the last asterisk only, so that it takes at most the product of the lengths.
struct Glob: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case literal([UInt8])
        case prefix([UInt8])
        case suffix([UInt8])
        /// What matches has the bytes in it.
        case general([GlobToken], having: [UInt8])
        case nothing
    }

    private static let slash = UInt8(ascii: "/")

    private let form: Form
    /// The bytes with which what matches can end; `nil` when that may be any.
    private let lastBytes: ByteSet?
    /// What every text that matches begins and ends with.
    let ends: GlobEnds

    /// A pattern that nothing matches.
    static let never = Glob()

    private init() {
        form = .nothing
        lastBytes = ByteSet()
        ends = GlobEnds([])
    }

    /// - Parameter pattern: bytes without the signs that say what the pattern is for.
    init(_ pattern: [UInt8]) throws(PatternProblem) {
        let tokens = try GlobParser.tokens(of: pattern)
        form = Self.form(of: tokens)
        ends = GlobEnds(tokens)
        switch tokens.last {
        case .literal(let byte): lastBytes = ByteSet { $0 == byte }
        case .set(let set): lastBytes = set
        default: lastBytes = nil
        }
    }

    private static func form(of tokens: [GlobToken]) -> Form {
        if let bytes = literals(tokens[...]) { return .literal(bytes) }
        // These may stand for paths too, so the asterisk must not cross a slash: a name has none.
        if tokens.first == .star, let bytes = literals(tokens[1...]) { return .suffix(bytes) }
        if tokens.last == .star, let bytes = literals(tokens.dropLast()) { return .prefix(bytes) }
        return .general(tokens, having: longestLiterals(tokens))
    }

    private static func literals(_ tokens: ArraySlice<GlobToken>) -> [UInt8]? {
        var bytes: [UInt8] = []
        for token in tokens {
            guard case .literal(let byte) = token else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// Whether what matches can end with a byte.
    func canEnd(with byte: UInt8) -> Bool { lastBytes?.contains(byte) ?? true }

    /// Whether a name or path is what the pattern says, from its first to its last byte.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        switch form {
        case .literal(let bytes): bytes.count == text.count && text.starts(with: bytes)
        case .prefix(let bytes):
            bytes.count <= text.count && text.starts(with: bytes)
                && !text[bytes.count...].contains(Self.slash)
        case .suffix(let bytes): Self.ends(text, with: bytes)
        case .general(let tokens, let bytes):
            Self.has(text, bytes) && tokens.withUnsafeBufferPointer { Self.walk($0, text) }
        case .nothing: false
        }
    }

    private static func ends(_ text: UnsafeRawBufferPointer, with suffix: [UInt8]) -> Bool {
        let start = text.count - suffix.count
        guard start >= 0 else { return false }
        for offset in 0..<suffix.count where text[start + offset] != suffix[offset] { return false }
        return !text[..<start].contains(slash)
    }

    /// The longest run of bytes that stand for themselves.
    private static func longestLiterals(_ tokens: [GlobToken]) -> [UInt8] {
        var longest: [UInt8] = []
        var run: [UInt8] = []
        for token in tokens {
            if case .literal(let byte) = token { run.append(byte) } else { run = [] }
            if run.count > longest.count { longest = run }
        }
        return longest
    }

    private static func has(_ text: UnsafeRawBufferPointer, _ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return true }
        guard bytes.count <= text.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for start in 0...text.count - bytes.count where text[start] == first {
                var count = 1
                while count < bytes.count, text[start + count] == bytes[count] { count += 1 }
                if count == bytes.count { return true }
            }
            return false
        }
    }

    /// Where to go on when a comparison fails: behind a wildcard, which takes more and more.
    private struct Retreat {
        let token: Int
        var position: Int
    }

    /// Each wildcard takes as little as it can. When what follows does not fit, the last one takes
    /// more: an earlier one has no choice that the last one does not have. Only an asterisk that
    /// must not cross the next slash gives up, in favour of the last wildcard that may.
    private static func walk(
        _ tokens: UnsafeBufferPointer<GlobToken>, _ text: UnsafeRawBufferPointer
    ) -> Bool {
        var token = 0
        var position = 0
        var narrow: Retreat?
        var wide: Retreat?
        while token < tokens.count || position < text.count {
            if token < tokens.count {
                switch tokens[token] {
                case .star:
                    token += 1
                    narrow = Retreat(token: token, position: position)
                    continue
                case .everything, .folders:
                    token += 1
                    wide = Retreat(token: token, position: position)
                    narrow = nil
                    continue
                case let simple where position < text.count && fits(simple, text[position]):
                    token += 1
                    position += 1
                    continue
                default: break
                }
            }
            if let next = narrow, next.position < text.count, text[next.position] != slash {
                (token, position) = (next.token, next.position + 1)
                narrow = Retreat(token: token, position: position)
            } else if let next = wide, let more = widened(next, tokens, text) {
                (token, position) = (next.token, more)
                wide = Retreat(token: token, position: position)
                narrow = nil
            } else {
                return false
            }
        }
        return true
    }

    /// Where a wildcard that crosses folders ends when it takes more.
    private static func widened(
        _ retreat: Retreat, _ tokens: UnsafeBufferPointer<GlobToken>,
        _ text: UnsafeRawBufferPointer
    ) -> Int? {
        guard retreat.position < text.count else { return nil }
        if tokens[retreat.token - 1] == .everything { return retreat.position + 1 }
        return text[retreat.position...].firstIndex(of: slash).map { $0 + 1 }
    }

    private static func fits(_ token: GlobToken, _ byte: UInt8) -> Bool {
        switch token {
        case .literal(let expected): byte == expected
        case .any: byte != slash
        case .set(let set): set.contains(byte)
        case .star, .everything, .folders: false
        }
    }
}

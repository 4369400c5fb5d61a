/// The first and the last bytes of what a glob matches, as far as they are given, eight of each at
/// most: two comparisons of words dismiss nearly all names before the glob itself is looked at.
struct GlobEnds: Hashable, Sendable {
    private let head: UInt64
    private let headMask: UInt64
    private let tail: UInt64
    private let tailMask: UInt64

    /// - Parameter tokens: of the whole glob.
    init(_ tokens: [GlobToken]) {
        let first = Self.literals(tokens)
        let last = Array(Self.literals(tokens.reversed()).reversed())
        head = first.withUnsafeBytes(Self.head)
        headMask = first.isEmpty ? 0 : ~0 >> UInt64(8 * (8 - first.count))
        tail = last.withUnsafeBytes(Self.tail)
        tailMask = last.isEmpty ? 0 : ~0 << UInt64(8 * (8 - last.count))
    }

    /// The bytes that stand for themselves at the beginning, eight at most.
    private static func literals(_ tokens: some Sequence<GlobToken>) -> [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens {
            guard bytes.count < 8, case .literal(let byte) = token else { break }
            bytes.append(byte)
        }
        return bytes
    }

    /// Whether a text may match, given its first and its last bytes.
    func fit(head: UInt64, tail: UInt64) -> Bool {
        (head ^ self.head) & headMask | (tail ^ self.tail) & tailMask == 0
    }

    /// The first eight bytes of a text, the first one lowest; zeros follow those of a shorter one.
    static func head(_ text: UnsafeRawBufferPointer) -> UInt64 {
        if text.count >= 8 { return UInt64(littleEndian: text.loadUnaligned(as: UInt64.self)) }
        return text.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The last eight bytes of a text, the last one highest; zeros precede those of a shorter one.
    static func tail(_ text: UnsafeRawBufferPointer) -> UInt64 {
        if text.count >= 8 {
            let start = text.count - 8
            return UInt64(
                littleEndian: text.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        return text.reduce(0) { $0 >> 8 | UInt64($1) << 56 }
    }
}

/// What the first and the last bytes of a text must be for a glob to match, eight of each at most:
/// two comparisons of words dismiss nearly all names before the glob itself is looked at.
struct GlobEnds: Hashable, Sendable {
    /// Some bits of eight bytes.
    private struct Word: Hashable, Sendable {
        var bits: UInt64 = 0
        var mask: UInt64 = 0

        /// Whether a word has these bits.
        func isPart(of word: UInt64) -> Bool { (word ^ bits) & mask == 0 }
    }

    private var head = Word()
    private var tail = Word()

    /// - Parameter tokens: of the whole glob.
    init(_ tokens: [GlobToken]) {
        for (number, byte) in Self.bytes(tokens).enumerated() {
            head.bits |= UInt64(byte.bits) << UInt64(8 * number)
            head.mask |= UInt64(byte.mask) << UInt64(8 * number)
        }
        for (number, byte) in Self.bytes(tokens.reversed()).enumerated() {
            tail.bits |= UInt64(byte.bits) << UInt64(56 - 8 * number)
            tail.mask |= UInt64(byte.mask) << UInt64(56 - 8 * number)
        }
    }

    /// What is given of single bytes, up to where any number of them may stand; eight at most.
    private static func bytes(
        _ tokens: some Sequence<GlobToken>
    ) -> [(bits: UInt8, mask: UInt8)] {
        var bytes: [(bits: UInt8, mask: UInt8)] = []
        for token in tokens {
            if bytes.count == 8 { break }
            switch token {
            case .literal(let byte): bytes.append((byte, .max))
            case .set(let set): bytes.append(set.commonBits)
            case .any: bytes.append((0, 0))
            case .star, .everything, .folders: return bytes
            }
        }
        return bytes
    }

    /// Whether a text may match, given its first and its last bytes.
    func fit(head: UInt64, tail: UInt64) -> Bool {
        self.head.isPart(of: head) && self.tail.isPart(of: tail)
    }

    /// The first eight bytes of a text, the first one lowest; zeros follow those of a shorter one.
    static func head(_ text: UnsafeRawBufferPointer) -> UInt64 {
        let count = text.count
        if count >= 8 { return UInt64(littleEndian: text.loadUnaligned(as: UInt64.self)) }
        if count >= 4 {
            // The two loads overlap, and agree where they do.
            let low = UInt32(littleEndian: text.loadUnaligned(as: UInt32.self))
            let high = UInt32(
                littleEndian: text.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
            return UInt64(low) | UInt64(high) << UInt64(8 * (count - 4))
        }
        return text.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The last eight bytes of a text, the last one highest; zeros precede those of a shorter one.
    static func tail(_ text: UnsafeRawBufferPointer) -> UInt64 {
        let count = text.count
        guard count >= 8 else { return head(text) << UInt64(8 * (8 - count)) }
        return UInt64(
            littleEndian: text.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    }
}

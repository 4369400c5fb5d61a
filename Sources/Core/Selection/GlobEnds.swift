/// What the first and the last bytes of a text must be for a glob to match, eight of each at most:
/// two comparisons of words dismiss nearly all names before the glob itself is looked at.
struct GlobEnds: Hashable, Sendable {
    /// Some bits of eight bytes.
    private struct Word: Hashable, Sendable {
        var bits: UInt64 = 0
        var mask: UInt64 = 0

        /// The bits that a word has otherwise.
        func difference(_ word: UInt64) -> UInt64 { (word ^ bits) & mask }
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

    /// Whether a text may match.
    func fit(_ text: TextEnds) -> Bool {
        head.difference(text.head) | tail.difference(text.tail) == 0
    }
}

/// The first and the last bytes of a text, as `GlobEnds` compares them.
struct TextEnds: Hashable {
    /// The first eight bytes, the first one lowest; zeros follow those of a shorter text.
    let head: UInt64
    /// The last eight bytes, the last one highest; zeros precede those of a shorter text.
    let tail: UInt64
    private let count: Int

    /// - Parameter text: the whole text.
    init(_ text: UnsafeRawBufferPointer) {
        count = text.count
        if count >= 8 {
            head = UInt64(littleEndian: text.loadUnaligned(as: UInt64.self))
            tail = UInt64(
                littleEndian: text.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
        } else {
            head = Self.word(ofShort: text)
            tail = head << UInt64(8 * (8 - count))
        }
    }

    private init(head: UInt64, tail: UInt64, count: Int) {
        self.head = head
        self.tail = tail
        self.count = count
    }

    private static func word(ofShort text: UnsafeRawBufferPointer) -> UInt64 {
        let count = text.count
        guard count >= 4 else { return text.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        // The two loads overlap, and agree where they do.
        let low = UInt32(littleEndian: text.loadUnaligned(as: UInt32.self))
        let high = UInt32(
            littleEndian: text.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        return UInt64(low) | UInt64(high) << UInt64(8 * (count - 4))
    }

    /// The ends of this text with another one behind it.
    func followed(by other: Self) -> Self {
        Self(
            head: count >= 8 ? head : head | other.head << UInt64(8 * count),
            tail: other.count >= 8 ? other.tail : other.tail | tail >> UInt64(8 * other.count),
            count: count + other.count)
    }
}

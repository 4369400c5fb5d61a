/// A 256-bit hash value, ordered as its bytes are.
///
/// Held as four big-endian words: comparing words compares bytes, and no heap is used.
package struct Digest256: Hashable, Comparable, Sendable {
    /// The number of bytes of the stored form.
    package static let byteCount = 32

    /// Bytes 0 to 7 as a big-endian number: uniform, so it serves as a hash and as a filter key.
    package let word0: UInt64
    /// Bytes 8 to 15.
    package let word1: UInt64
    /// Bytes 16 to 23.
    package let word2: UInt64
    /// Bytes 24 to 31.
    package let word3: UInt64

    /// Reads 32 bytes at an address that need not be aligned.
    package init(loading source: UnsafeRawPointer) {
        word0 = UInt64(bigEndian: source.loadUnaligned(as: UInt64.self))
        word1 = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        word2 = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        word3 = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// The value that no bytes are known to have.
    package static let zero = Digest256(0, 0, 0, 0)

    private init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// Decodes 64 lower-case hexadecimal digits.
    /// - Returns: `nil` for any other text.
    package init?(hexadecimal text: UnsafeRawBufferPointer) {
        guard text.count == 2 * Self.byteCount,
            let word0 = Hexadecimal.word(text[0..<16]),
            let word1 = Hexadecimal.word(text[16..<32]),
            let word2 = Hexadecimal.word(text[32..<48]),
            let word3 = Hexadecimal.word(text[48..<64])
        else { return nil }
        self.init(word0, word1, word2, word3)
    }

    /// Decodes 64 lower-case hexadecimal digits.
    package init?(hexadecimal text: String) {
        let decoded = Array(text.utf8).withUnsafeBytes { Self(hexadecimal: $0) }
        guard let decoded else { return nil }
        self = decoded
    }

    /// Writes the 32 bytes to an address that need not be aligned.
    package func store(to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: word0.bigEndian, as: UInt64.self)
        target.storeBytes(of: word1.bigEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: word2.bigEndian, toByteOffset: 16, as: UInt64.self)
        target.storeBytes(of: word3.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// Appends the 32 bytes.
    package func append(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 8) { space in
            // The allocation has 32 bytes, so its base address exists.
            store(to: space.baseAddress!)
            bytes.append(contentsOf: space)
        }
    }

    /// Appends the 64 lower-case hexadecimal digits.
    package func appendHexadecimal(to text: inout [UInt8]) {
        Hexadecimal.append(word0, to: &text)
        Hexadecimal.append(word1, to: &text)
        Hexadecimal.append(word2, to: &text)
        Hexadecimal.append(word3, to: &text)
    }

    /// The 64 lower-case hexadecimal digits.
    package var hexadecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * Self.byteCount)
        appendHexadecimal(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(word0)
    }
}

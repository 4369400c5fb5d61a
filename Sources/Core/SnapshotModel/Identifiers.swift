/// An identifier that is a hash of what it names.
package protocol DigestIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The hash value.
    var digest: Digest256 { get }
    /// Takes a hash value as an identifier of this kind.
    init(_ digest: Digest256)
}

extension DigestIdentifier {
    /// Decodes 64 lower-case hexadecimal digits; `nil` for any other text.
    package init?(hexadecimal text: String) {
        guard let digest = Digest256(hexadecimal: text) else { return nil }
        self.init(digest)
    }

    package var description: String { digest.hexadecimal }

    package static func < (left: Self, right: Self) -> Bool { left.digest < right.digest }
}

/// Names a chunk: the SHA-256 of its plain bytes (keyed in encrypted repositories).
package struct ChunkID: DigestIdentifier {
    package let digest: Digest256
    package init(_ digest: Digest256) { self.digest = digest }
}

/// Names a pack: the SHA-256 of the object's bytes.
package struct PackID: DigestIdentifier {
    package let digest: Digest256
    package init(_ digest: Digest256) { self.digest = digest }
}

/// Names an index table: the SHA-256 of the object's bytes.
package struct TableID: DigestIdentifier {
    package let digest: Digest256
    package init(_ digest: Digest256) { self.digest = digest }
}

/// An identifier of 128 random bits, written as 32 hexadecimal digits.
package protocol RandomIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 128 bits.
    var bits: RandomBits { get }
    /// Takes 128 bits as an identifier of this kind.
    init(_ bits: RandomBits)
}

/// 128 random bits as two big-endian words.
package struct RandomBits: Hashable, Comparable, Sendable {
    /// The number of bytes of the stored form.
    package static let byteCount = 16

    /// Bytes 0 to 7.
    package let high: UInt64
    /// Bytes 8 to 15.
    package let low: UInt64

    /// Joins two words.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

extension RandomIdentifier {
    /// Draws 128 bits; the generator must be a cryptographic one outside tests.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(RandomBits(high: generator.next(), low: generator.next()))
    }

    /// Decodes 32 lower-case hexadecimal digits; `nil` for any other text.
    package init?(hexadecimal text: String) {
        let bits = Array(text.utf8).withUnsafeBytes { bytes -> RandomBits? in
            guard bytes.count == 2 * RandomBits.byteCount,
                let high = Hexadecimal.word(bytes[0..<16]),
                let low = Hexadecimal.word(bytes[16..<32])
            else { return nil }
            return RandomBits(high: high, low: low)
        }
        guard let bits else { return nil }
        self.init(bits)
    }

    package var description: String {
        var text: [UInt8] = []
        Hexadecimal.append(bits.high, to: &text)
        Hexadecimal.append(bits.low, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    package static func < (left: Self, right: Self) -> Bool { left.bits < right.bits }
}

/// Names a snapshot.
package struct SnapshotID: RandomIdentifier {
    package let bits: RandomBits
    package init(_ bits: RandomBits) { self.bits = bits }
}

/// Names the run of a writer; every pack, table and manifest carries its writer's.
package struct SessionID: RandomIdentifier {
    package let bits: RandomBits
    package init(_ bits: RandomBits) { self.bits = bits }
}

/// Names one act of condemning packs: the object that lists them, and what is noted beside it.
package struct CondemnationID: RandomIdentifier {
    package let bits: RandomBits
    package init(_ bits: RandomBits) { self.bits = bits }
}

/// Makes the bytes, and so the name, of each object unique.
package struct Nonce: RandomIdentifier {
    package let bits: RandomBits
    package init(_ bits: RandomBits) { self.bits = bits }
}

/// Names a repository; local caches are kept by it.
package struct RepositoryID: RandomIdentifier {
    package let bits: RandomBits
    package init(_ bits: RandomBits) { self.bits = bits }
}

import Cryptography
import TestSupport
import Testing

struct SealedBoxTests {
    private struct Vector: Sendable {
        let key: String
        let nonce: String
        let plain: String
        let authenticated: String
        let box: String
    }

    /// D. McGrew, J. Viega: The Galois/Counter Mode of Operation, test cases 13 to 16.
    private static let vectors = [
        Vector(
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12),
            plain: "", authenticated: "", box: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12),
            plain: String(repeating: "00", count: 16), authenticated: "",
            box: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            key: String(repeating: "feffe9928665731c6d6a8f9467308308", count: 2),
            nonce: "cafebabefacedbaddecaf888",
            plain: """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255
                """,
            authenticated: "",
            box: """
                522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad\
                b094dac5d93471bdec1a502270e3cc6c
                """),
        Vector(
            key: String(repeating: "feffe9928665731c6d6a8f9467308308", count: 2),
            nonce: "cafebabefacedbaddecaf888",
            plain: """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                """,
            authenticated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            box: """
                522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
                76fc6ece0f4e1768cddf8853bb2d551b
                """),
    ]

    private static func secret(_ bytes: [UInt8]) -> SecretBytes {
        SecretBytes(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    @Test(arguments: vectors.indices)
    func `the published boxes come out, and open`(number: Int) {
        let vector = Self.vectors[number]
        let key = Self.secret(bytes(hexadecimal: vector.key))
        let (plain, nonce) = (bytes(hexadecimal: vector.plain), bytes(hexadecimal: vector.nonce))
        let authenticated = bytes(hexadecimal: vector.authenticated)
        let box = SealedBox.seal(plain, authenticated: authenticated, key: key, nonce: nonce)
        #expect(hexadecimal(box) == vector.box)
        let opened = SealedBox.open(box, authenticated: authenticated, key: key, nonce: nonce)
        #expect(opened == plain)
    }

    @Test(arguments: seeds(count: 4))
    func `one bit of anything changed, and the box does not open`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let plain = generator.bytes(generator.number(in: 0...40))
        let parts = [
            generator.bytes(generator.number(in: 1...20)), generator.bytes(32), generator.bytes(12),
        ]
        let key = Self.secret(parts[1])
        let box = SealedBox.seal(plain, authenticated: parts[0], key: key, nonce: parts[2])
        func opens(_ box: [UInt8], _ parts: [[UInt8]]) -> Bool {
            SealedBox.open(
                box, authenticated: parts[0], key: Self.secret(parts[1]), nonce: parts[2]) != nil
        }
        #expect(opens(box, parts))
        for bit in 0..<8 * box.count {
            var box = box
            box[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!opens(box, parts))
        }
        for part in parts.indices {
            for bit in 0..<8 * parts[part].count {
                var parts = parts
                parts[part][bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!opens(box, parts))
            }
        }
        for length in 0..<box.count { #expect(!opens(Array(box[..<length]), parts)) }
    }
}

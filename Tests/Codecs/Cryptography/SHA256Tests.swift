import Cryptography
import SnapshotModel
import TestSupport
import Testing

struct SHA256Tests {
    /// The example messages of FIPS 180-4 with their digests, as NIST publishes them.
    static let vectors: [(message: [UInt8], digest: String)] = [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            Array("abc".utf8),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        (
            Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: 0..<4)
    func givesTheDigestsOfThePublishedExamples(number: Int) {
        let (message, digest) = Self.vectors[number]
        #expect(message.withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal == digest)
    }

    @Test(arguments: seeds(count: 8))
    func piecesGiveTheDigestOfTheWhole(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var hash = SHA256()
        for _ in 0..<20 {
            let message = generator.bytes(generator.number(in: 0...500))
            message.withUnsafeBytes { bytes in
                var start = 0
                while start < bytes.count {
                    // Pieces of no bytes among them.
                    let end = generator.number(in: start...bytes.count)
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                    start = end
                }
            }
            #expect(hash.finish() == message.withUnsafeBytes { SHA256.digest(of: $0) })
        }
    }

    @Test func finishingStartsAnew() {
        let empty = SHA256.digest(of: UnsafeRawBufferPointer(start: nil, count: 0))
        var hash = SHA256()
        #expect(hash.finish() == empty)
        let message: [UInt8] = [1, 2, 3]
        let first = message.withUnsafeBytes { hash.digest(of: $0) }
        #expect(first != empty)
        #expect(message.withUnsafeBytes { hash.digest(of: $0) } == first)
        #expect(hash.finish() == empty)
    }
}

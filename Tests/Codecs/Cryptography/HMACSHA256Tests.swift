import Cryptography
import SnapshotModel
import TestSupport
import Testing

struct HMACSHA256Tests {
    struct Vector: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let code: String
    }

    /// The test cases of RFC 4231 sections 4.2 to 4.8, but for the one with a truncated code.
    static let vectors = [
        Vector(
            key: [UInt8](repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            key: Array(0x01...0x19), message: [UInt8](repeating: 0xCD, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Vector(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Vector(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than "
                    + "block-size data. The key needs to be hashed before being used by the "
                    + "HMAC algorithm.").utf8),
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    private func code(of message: [UInt8], key: [UInt8]) -> Digest256 {
        message.withUnsafeBytes { message in
            key.withUnsafeBytes { HMACSHA256.code(of: message, key: $0) }
        }
    }

    @Test(arguments: vectors)
    func givesTheCodesOfThePublishedCases(vector: Vector) {
        #expect(code(of: vector.message, key: vector.key).hexadecimal == vector.code)
    }

    /// RFC 2104 section 2, with the hash function that has tests of its own.
    @Test(arguments: seeds(count: 8))
    func isTheConstructionOfTheStandard(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            // Keys around the block's length of 64, and empty ones.
            let key = generator.bytes(generator.pick([0, 1, 32, 63, 64, 65, 200]))
            let message = generator.bytes(generator.number(in: 0...200))
            var block: [UInt8] = []
            if key.count > 64 { digest(key).append(to: &block) } else { block = key }
            block += [UInt8](repeating: 0, count: 64 - block.count)
            var outer = block.map { $0 ^ 0x5C }
            digest(block.map { $0 ^ 0x36 } + message).append(to: &outer)
            #expect(code(of: message, key: key) == digest(outer))
        }
    }

    @Test(arguments: ["", "a", "20130524", "日本"])
    func aTextHasTheCodeOfItsBytes(text: String) {
        let key: [UInt8] = [1, 2, 3]
        var expected: [UInt8] = []
        code(of: Array(text.utf8), key: key).append(to: &expected)
        #expect(HMACSHA256.code(of: text, key: key) == expected)
    }

    private func digest(_ bytes: [UInt8]) -> Digest256 {
        bytes.withUnsafeBytes { SHA256.digest(of: $0) }
    }
}

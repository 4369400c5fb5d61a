import SnapshotModel
import TestSupport
import Testing

struct DigestTests {
    @Test(arguments: seeds(count: 8))
    func bytesAndHexadecimalTextGiveTheDigestBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let bytes = generator.bytes(Digest256.byteCount)
            let digest = digest(of: bytes)
            var appended: [UInt8] = [7]
            digest.append(to: &appended)
            #expect(appended == [7] + bytes)
            #expect(Digest256(hexadecimal: digest.hexadecimal) == digest)
            #expect(digest.hexadecimal == hexadecimal(bytes))
        }
    }

    @Test func storesAndLoadsAtAddressesThatAreNotAligned() {
        let bytes = (0..<32).map { UInt8($0 * 7 + 1) }
        var space = [UInt8](repeating: 0xEE, count: 35)
        space.withUnsafeMutableBytes { digest(of: bytes).store(to: $0.baseAddress! + 3) }
        #expect(space == [0xEE, 0xEE, 0xEE] + bytes)
        let loaded = space.withUnsafeBytes { Digest256(loading: $0.baseAddress! + 3) }
        #expect(loaded == digest(of: bytes))
    }

    @Test(arguments: seeds(count: 8))
    func orderIsTheOrderOfTheBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let left = generator.bytes(Digest256.byteCount)
            // Sharing a beginning of any length lets every word decide once.
            let shared = generator.number(in: 0...32)
            let right = left.prefix(shared) + generator.bytes(32 - shared)
            let isLess = digest(of: left) < digest(of: Array(right))
            #expect(isLess == left.lexicographicallyPrecedes(right))
        }
    }

    @Test(arguments: [
        "", "00", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
        String(repeating: "0", count: 63) + "g", String(repeating: "0", count: 63) + "A",
        " " + String(repeating: "0", count: 63), "0x" + String(repeating: "0", count: 62),
        String(repeating: "0", count: 62) + "é",
    ])
    func refusesWhatIsNot64LowerCaseDigits(text: String) {
        #expect(Digest256(hexadecimal: text) == nil)
    }

    @Test func refusesAWrongCharacterAtEveryPosition() {
        for position in 0..<64 {
            for wrong in ["/", ":", "`", "g", "F", "\u{0}"] {
                var text = Array(String(repeating: "a", count: 64).utf8)
                text[position] = wrong.utf8.first!
                #expect(Digest256(hexadecimal: String(decoding: text, as: UTF8.self)) == nil)
            }
        }
    }

    private func digest(of bytes: [UInt8]) -> Digest256 {
        bytes.withUnsafeBytes { Digest256(loading: $0.baseAddress!) }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

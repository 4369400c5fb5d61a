import SnapshotModel
import TestSupport
import Testing

/// Sixteen digits are decoded eight at a time, as if each were looked at alone.
struct HexadecimalTests {
    private func decode(_ text: [UInt8]) -> UInt64? {
        text.withUnsafeBytes { Hexadecimal.word($0[...]) }
    }

    /// One digit after the other.
    private func decodeSlowly(_ text: [UInt8]) -> UInt64? {
        guard text.count == 16 else { return nil }
        return text.reduce(UInt64?(0)) { value, byte in
            guard let value, let digit = Hexadecimal.digit(byte) else { return nil }
            return value << 4 | UInt64(digit)
        }
    }

    @Test func `any byte at any place is taken or refused as it is alone`() {
        for base in [
            "0123456789abcdef", "ffffffffffffffff", "0000000000000000", "a9a9f0f09a9a0f0f",
        ] {
            for place in 0..<16 {
                for byte in UInt8.min...UInt8.max {
                    var text = Array(base.utf8)
                    text[place] = byte
                    #expect(decode(text) == decodeSlowly(text), "\(byte) at \(place)")
                }
            }
        }
    }

    @Test(arguments: seeds(count: 4))
    func `bytes of any kind are taken or refused as one by one`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let awkward = Array("/0:9@AFG`afg\u{0}\u{7F}".utf8) + [0x80, 0xB0, 0xE1, 0xFF]
        for _ in 0..<2000 {
            let text = (0..<16).map { _ in
                generator.oneIn(8) ? generator.pick(awkward) : generator.pick(Array("09af".utf8))
            }
            #expect(decode(text) == decodeSlowly(text), "\(text)")
        }
    }

    @Test func `words come back from their text`() {
        var generator = SeededGenerator(seed: 1)
        for word in [0, 1, UInt64.max, generator.next(), generator.next()] {
            var text: [UInt8] = []
            Hexadecimal.append(word, to: &text)
            #expect(decode(text) == word)
            let padded = String(repeating: "0", count: 16) + String(word, radix: 16)
            #expect(String(decoding: text, as: UTF8.self) == padded.suffix(16))
        }
    }

    @Test(arguments: [0, 1, 8, 15, 17, 32])
    func `texts of another length are refused`(count: Int) {
        #expect(decode([UInt8](repeating: UInt8(ascii: "0"), count: count)) == nil)
    }
}

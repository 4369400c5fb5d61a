import SnapshotModel
import TestSupport
import Testing

struct FileNameTests {
    @Test(
        arguments: [
            [], [0x2E], [0x2E, 0x2E], [0x2F], [0], [0x61, 0x2F, 0x62], [0x61, 0],
            [0x2E, 0x2E, 0x2F],
            [0x2F, 0x61], [0xFF, 0x00, 0xFF],
        ] as [[UInt8]])
    func refusesNamesThatLeadElsewhere(bytes: [UInt8]) {
        #expect(!FileName(bytes).isValid)
    }

    @Test(arguments: ["a", "...", ".a", "..a", "a..", " ", "\n", "\\", "ü", "-rf", "COM1", "a:b"])
    func allowsEveryOtherName(text: String) {
        #expect(FileName(text).isValid)
        #expect(FileName(text).bytes == Array(text.utf8))
    }

    @Test func allowsEveryByteButSlashAndNUL() {
        for byte in UInt8.min...UInt8.max {
            let isAllowed = byte != 0 && byte != UInt8(ascii: "/")
            #expect(FileName([UInt8(ascii: "a"), byte]).isValid == isAllowed)
        }
    }

    @Test(arguments: seeds(count: 16))
    func orderIsTheOrderOfUnsignedBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let shared = generator.bytes(generator.number(in: 0...20))
            let left = shared + generator.bytes(generator.number(in: 0...12))
            let right = shared + generator.bytes(generator.number(in: 0...12))
            let isLess = left.lexicographicallyPrecedes(right)
            #expect((FileName(left) < FileName(right)) == isLess)
            let sign = left.withUnsafeBytes { first in
                right.withUnsafeBytes { compareBytes(first, $0) }
            }
            #expect(sign.signum() == (left == right ? 0 : isLess ? -1 : 1))
        }
    }

    @Test func aPrefixStandsFirstAndHighBytesStandLast() {
        let names: [[UInt8]] = [
            [], [0x61], [0x61, 0x00], [0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61],
            [0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x01], [0x7F], [0x80], [0xFF],
        ]
        #expect(names.shuffled().map { FileName($0) }.sorted() == names.map { FileName($0) })
    }
}

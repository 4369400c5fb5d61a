import Chunking
import TestSupport
import Testing

struct ContentKindTests {
    private static let large: UInt64 = 1024 * 1024

    @Test(
        arguments: [
            (0, [0xFF, 0xD8, 0xFF, 0xE0]),
            (0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            (0, Array("GIF89a".utf8)), (0, Array("GIF87a".utf8)),
            (8, Array("WEBP".utf8)), (4, Array("ftypisom".utf8)), (4, Array("ftypheic".utf8)),
            (0, [0x1A, 0x45, 0xDF, 0xA3]), (0, Array("ID3".utf8)), (0, [0xFF, 0xFB]),
            (0, [0xFF, 0xF3]), (0, Array("OggS".utf8)), (0, Array("fLaC".utf8)),
            (0, [0x1F, 0x8B, 0x08]), (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
            (0, [0x28, 0xB5, 0x2F, 0xFD]), (0, Array("BZh9".utf8)), (0, [0x04, 0x22, 0x4D, 0x18]),
            (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), (0, Array("Rar!\u{1A}\u{07}".utf8)),
            (0, Array("PK\u{03}\u{04}".utf8)), (0, Array("MSCF".utf8)),
        ] as [(Int, [UInt8])])
    func compressedFilesAreOpaque(offset: Int, signature: [UInt8]) {
        expectOnlyTheSignatureCounts(.opaque, offset, signature, sizeInBytes: 100)
    }

    @Test(
        arguments: [
            (0, Array("SQLite format 3\0".utf8)), (0, [0x51, 0x46, 0x49, 0xFB]),
            (0, Array("KDMV".utf8)), (64, [0x7F, 0x10, 0xDA, 0xBE]), (0, Array("vhdxfile".utf8)),
        ] as [(Int, [UInt8])])
    func databasesAndVirtualDisksOfAnySizeArePaged(offset: Int, signature: [UInt8]) {
        expectOnlyTheSignatureCounts(.paged, offset, signature, sizeInBytes: 101)
    }

    @Test(
        arguments: [
            (512, Array("EFI PART".utf8)), (0, Array("XFSB".utf8)),
            (0x1_0040, Array("_BHRfS_M".utf8)), (510, [0x55, 0xAA]), (0x438, [0x53, 0xEF]),
        ] as [(Int, [UInt8])])
    func disksOfAtLeastAMebibyteInWholeSectorsArePaged(offset: Int, signature: [UInt8]) {
        expectOnlyTheSignatureCounts(.paged, offset, signature, sizeInBytes: Self.large)
        let head = Self.head(offset, signature)
        for size in [Self.large - 512, Self.large + 1, Self.large + 511, 0] {
            #expect(Self.classify(head, sizeInBytes: size) == .general)
        }
        #expect(Self.classify(head, sizeInBytes: Self.large + 512) == .paged)
    }

    @Test(arguments: [446, 462, 478, 494])
    func aPartitionTableNeedsMarksThatOneCanHave(offset: Int) {
        var head = Self.head(510, [0x55, 0xAA])
        head[offset] = 0x80
        #expect(Self.classify(head, sizeInBytes: Self.large) == .paged)
        head[offset] = 0x81
        #expect(Self.classify(head, sizeInBytes: Self.large) == .general)
    }

    @Test func anExtSuperblockNeedsABlockSizeThatOneCanHave() {
        var head = Self.head(0x438, [0x53, 0xEF])
        head[0x418] = 6
        #expect(Self.classify(head, sizeInBytes: Self.large) == .paged)
        for (offset, value) in [(0x418, 7), (0x419, 1), (0x41A, 1), (0x41B, 1)] {
            var changed = head
            changed[offset] = UInt8(value)
            #expect(Self.classify(changed, sizeInBytes: Self.large) == .general)
        }
    }

    @Test func aDatabaseIsPagedEvenWhereItsBytesLookCompressed() {
        var head = Self.head(0, Array("SQLite format 3\0".utf8))
        head.replaceSubrange(64..<68, with: [0x7F, 0x10, 0xDA, 0xBE])
        #expect(Self.classify(head, sizeInBytes: 1) == .paged)
    }

    @Test(arguments: seeds(count: 8))
    func textIsGeneral(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in [0, 1, 7, 600, 2000] {
            let text = generator.text(count)
            #expect(Self.classify(text, sizeInBytes: Self.large) == .general)
        }
        let zeros = [UInt8](repeating: 0, count: 70_000)
        #expect(Self.classify(zeros, sizeInBytes: Self.large) == .general)
    }

    @Test func theHeadReachesBehindTheLastSignature() {
        #expect(ContentKind.headInBytes >= 0x1_0040 + 8)
    }

    /// The signature decides; a byte of it changed, cut off, or moved, it does not.
    private func expectOnlyTheSignatureCounts(
        _ kind: ContentKind, _ offset: Int, _ signature: [UInt8], sizeInBytes: UInt64
    ) {
        let head = Self.head(offset, signature)
        let end = offset + signature.count
        #expect(Self.classify(head, sizeInBytes: sizeInBytes) == kind)
        #expect(Self.classify([0] + head, sizeInBytes: sizeInBytes) == .general)
        #expect(Self.classify(Array(head[..<offset]), sizeInBytes: sizeInBytes) == .general)
        #expect(Self.classify(Array(head[..<end]), sizeInBytes: sizeInBytes) == kind)
        var changed = head
        changed[offset] ^= 0x20
        #expect(Self.classify(changed, sizeInBytes: sizeInBytes) == .general)
    }

    private static func head(_ offset: Int, _ signature: [UInt8]) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: max(2048, offset + signature.count))
        head.replaceSubrange(offset..<offset + signature.count, with: signature)
        return head
    }

    private static func classify(_ head: [UInt8], sizeInBytes: UInt64) -> ContentKind {
        head.withUnsafeBytes { ContentKind.classify(head: $0, sizeInBytes: sizeInBytes) }
    }
}

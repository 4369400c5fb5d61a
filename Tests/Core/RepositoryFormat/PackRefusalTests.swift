import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Trailers that break a rule although their checksum fits: what a hostile writer could store.
struct PackRefusalTests {
    // Two blocks, stored and compressed, of two chunks each: offsets of the trailer's numbers.
    private static let blockCount = 32
    private static let chunkCount = 36
    private static let sealedFlag = 40
    private static let firstBlock = 48
    private static let secondBlock = 68
    private static let firstChunkLength = 88 + 32

    private static let contents: PackContents = {
        var generator = SeededGenerator(seed: 7)
        let blocks = [
            BlockRecord(
                offset: 8, storedLength: 100, plainLength: 100, codec: .stored, kind: .data),
            BlockRecord(
                offset: 108, storedLength: 50, plainLength: 200, codec: .zstd, kind: .metadata),
        ]
        let lengths: [(block: UInt32, offset: UInt32, length: UInt32)] = [
            (0, 0, 40), (0, 40, 60), (1, 0, 1), (1, 1, 199),
        ]
        let chunks = lengths.map {
            ChunkRecord(
                id: generator.chunkID(), block: $0.block, offset: $0.offset, length: $0.length)
        }
        return PackContents(
            session: SessionID(using: &generator), nonce: Nonce(using: &generator),
            blocks: blocks, chunks: chunks)
    }()

    private static let size = Packs.size(
        contents, PackLayout.encodeTrailer(contents, hash: fakeHash))

    @Test func theUnchangedTrailerIsAccepted() throws {
        let end = Packs.end(Self.contents, settingByteAt: 0, to: [])
        #expect(try Packs.decode(end, packSizeInBytes: Self.size) == Self.contents)
    }

    @Test(
        arguments: [
            (blockCount, 0), (blockCount, 1), (blockCount, 3), (chunkCount, 0), (chunkCount, 3),
            (chunkCount, 5), (firstBlock, 7), (firstBlock, 9), (firstBlock, .max),
            (firstBlock + 4, 0), (firstBlock + 4, 99), (firstBlock + 4, 101), (firstBlock + 8, 0),
            (firstBlock + 8, 99), (firstBlock + 8, .max), (firstBlock + 12, 0),
            (firstBlock + 12, 1),
            (firstBlock + 12, 3), (firstBlock + 12, 5), (firstBlock + 12, .max), (secondBlock, 8),
            (secondBlock, 107), (secondBlock + 4, 0), (secondBlock + 4, 49), (secondBlock + 4, 51),
            (secondBlock + 4, 200), (secondBlock + 8, 199), (secondBlock + 8, 201),
            (secondBlock + 8, 16 * 1024 * 1024 + 1), (secondBlock + 12, 1), (secondBlock + 12, 3),
            (firstChunkLength, 0), (firstChunkLength, 39), (firstChunkLength, 41),
            (firstChunkLength, .max), (firstChunkLength + 72, 0), (firstChunkLength + 72, 2),
        ] as [(Int, UInt32)])
    func refusesNumbersThatDoNotFitTogether(offset: Int, value: UInt32) {
        let end = Packs.end(
            Self.contents, settingByteAt: offset, to: Packs.littleEndian(value))
        #expect(throws: refusal(.malformed)) {
            try Packs.decode(end, packSizeInBytes: Self.size)
        }
    }

    @Test(
        arguments: [
            (blockCount, UInt32(FormatLimits.blocksPerPack) + 1), (blockCount, .max),
            (chunkCount, UInt32(FormatLimits.chunksPerPack) + 1), (chunkCount, .max),
        ] as [(Int, UInt32)])
    func refusesCountsBeyondTheLimits(offset: Int, value: UInt32) {
        let end = Packs.end(
            Self.contents, settingByteAt: offset, to: Packs.littleEndian(value))
        #expect(throws: refusal(.limitExceeded)) {
            try Packs.decode(end, packSizeInBytes: Self.size)
        }
    }

    @Test(
        arguments: [
            (sealedFlag, 1), (sealedFlag, 255), (firstBlock + 16, 2), (firstBlock + 16, 255),
            (secondBlock + 17, 2), (secondBlock + 17, 255),
        ] as [(Int, UInt8)])
    func whatALaterVersionMayMeanIsUnsupported(offset: Int, value: UInt8) {
        let end = Packs.end(Self.contents, settingByteAt: offset, to: [value])
        #expect(throws: refusal(.unsupported)) {
            try Packs.decode(end, packSizeInBytes: Self.size)
        }
    }

    @Test func refusesAnEmptyChunkEvenWhereTheOthersFillTheBlock() {
        let id = Self.contents.chunks[0].id
        let chunks = [
            ChunkRecord(id: id, block: 0, offset: 0, length: 0),
            ChunkRecord(id: id, block: 0, offset: 0, length: 100),
        ]
        let contents = PackContents(
            session: Self.contents.session, nonce: Self.contents.nonce,
            blocks: [Self.contents.blocks[0]], chunks: chunks)
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        #expect(throws: refusal(.malformed)) {
            try Packs.decode(end, packSizeInBytes: Packs.size(contents, end))
        }
    }

    @Test func refusesCodecsThatDoNotFitTheLengths() {
        for (offset, value) in [(Self.firstBlock + 16, 1), (Self.secondBlock + 16, 0)] {
            let end = Packs.end(Self.contents, settingByteAt: offset, to: [UInt8(value)])
            #expect(throws: refusal(.malformed)) {
                try Packs.decode(end, packSizeInBytes: Self.size)
            }
        }
    }

    @Test func refusesTrailersThatAreShorterOrLongerThanTheirCountsSay() {
        let end = Packs.end(Self.contents, settingByteAt: 0, to: [])
        let trailer = Array(end.dropLast(PackLayout.footerLength))
        let changed: [[UInt8]] = [
            trailer.dropLast(), trailer.dropLast(36), trailer + [0], trailer + trailer,
        ]
        for trailer in changed {
            let changedEnd = Packs.sealed(trailer)
            let size = Self.size - UInt64(end.count) + UInt64(changedEnd.count)
            #expect(throws: refusal(.malformed)) {
                try Packs.decode(changedEnd, packSizeInBytes: size)
            }
        }
    }

    @Test(arguments: [0, 47, 1_000_000, UInt32.max])
    func refusesLengthsOfTrailersThatCannotBe(length: UInt32) {
        var end = Packs.end(Self.contents, settingByteAt: 0, to: [])
        let offset = end.count - PackLayout.footerLength + 32
        end.replaceSubrange(offset..<offset + 4, with: Packs.littleEndian(length))
        #expect(throws: refusal(.malformed)) {
            try Packs.decode(end, packSizeInBytes: Self.size)
        }
    }
}

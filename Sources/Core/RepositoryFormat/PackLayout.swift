// The bytes of a pack around its blocks (Specs/repository-format.md section 4):
//
//     magic | block | block | ... | trailer | footer
//
// The footer has a fixed size and tells where the trailer is; the trailer lists blocks and chunks.
// The block bytes themselves never pass through here.

package import SnapshotModel

/// Encodes and decodes what stands before and behind the blocks of a pack.
package enum PackLayout {
    /// The first bytes of every pack; the last one is the version.
    package static let magic: [UInt8] = Array("VARVEPK".utf8) + [1]
    /// The last bytes of every pack.
    static let endMagic: [UInt8] = Array("VARVEEP".utf8) + [1]
    /// The size of what stands behind the trailer.
    package static let footerLength = 48

    private static let structure = "pack trailer"
    private static let trailerHeaderLength = 48
    private static let blockLength = 20
    private static let chunkLength = 36

    /// A digest over bytes: SHA-256, passed in because this module has no cryptography.
    package typealias Hash = (UnsafeRawBufferPointer) -> Digest256

    /// Where the trailer of a pack is, as its footer tells.
    package struct Footer: Hashable, Sendable {
        /// The trailer's SHA-256.
        package let trailerDigest: Digest256
        /// The trailer's size in bytes; it ends where the footer begins.
        package let trailerLength: Int
    }

    /// The trailer and the footer of a pack.
    package static func encodeTrailer(_ contents: PackContents, hash: Hash) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            trailerHeaderLength + footerLength + contents.blocks.count * blockLength
                + contents.chunks.count * chunkLength)
        appendIdentity(session: contents.session, nonce: contents.nonce, to: &bytes)
        bytes.append(littleEndian: UInt32(contents.blocks.count))
        bytes.append(littleEndian: UInt32(contents.chunks.count))
        bytes.append(zeros: 8)
        var counts = [UInt32](repeating: 0, count: contents.blocks.count)
        for chunk in contents.chunks { counts[Int(chunk.block)] += 1 }
        for (block, count) in zip(contents.blocks, counts) {
            bytes.append(littleEndian: block.offset)
            bytes.append(littleEndian: block.storedLength)
            bytes.append(littleEndian: block.plainLength)
            bytes.append(littleEndian: count)
            bytes.append(contentsOf: [block.codec.rawValue, block.kind.rawValue, 0, 0])
        }
        for chunk in contents.chunks {
            chunk.id.digest.append(to: &bytes)
            bytes.append(littleEndian: chunk.length)
        }
        let length = UInt32(bytes.count)
        bytes.withUnsafeBytes(hash).append(to: &bytes)
        bytes.append(littleEndian: length)
        bytes.append(zeros: 4)
        bytes.append(contentsOf: endMagic)
        return bytes
    }

    /// Decodes the last 48 bytes of a pack.
    /// - Throws: `.malformed`, `.limitExceeded` for a pack larger than any.
    package static func decodeFooter(
        _ bytes: UnsafeRawBufferPointer, packSizeInBytes: UInt64
    ) throws(FormatError) -> Footer {
        guard bytes.count == footerLength, let base = bytes.baseAddress,
            bytes[40..<48].elementsEqual(endMagic), bytes.isZero(36..<40)
        else { throw FormatError(.malformed, in: "pack footer", at: 0, "not the end of a pack") }
        guard packSizeInBytes <= UInt64(FormatLimits.packInBytes) else {
            throw FormatError(
                .limitExceeded, in: "pack footer", at: 0, "pack of \(packSizeInBytes) bytes")
        }
        let length = UInt64(bytes.uint32(at: 32))
        guard length >= UInt64(trailerHeaderLength),
            UInt64(magic.count) + length + UInt64(footerLength) <= packSizeInBytes
        else {
            throw FormatError(.malformed, in: "pack footer", at: 32, "trailer of \(length) bytes")
        }
        return Footer(trailerDigest: Digest256(loading: base), trailerLength: Int(length))
    }

    /// Decodes a trailer, without its footer, and checks that blocks and chunks fit together.
    /// - Parameter packSizeInBytes: the size of the whole object.
    package static func decodeTrailer(
        _ bytes: UnsafeRawBufferPointer, footer: Footer, packSizeInBytes: UInt64, hash: Hash
    ) throws(FormatError) -> PackContents {
        guard bytes.count == footer.trailerLength, hash(bytes) == footer.trailerDigest else {
            throw FormatError(.checksumMismatch, in: structure, at: 0, "hash differs from footer")
        }
        let blockCount = Int(bytes.uint32(at: 32))
        let chunkCount = Int(bytes.uint32(at: 36))
        guard blockCount <= FormatLimits.blocksPerPack, chunkCount <= FormatLimits.chunksPerPack
        else {
            throw FormatError(
                .limitExceeded, in: structure, at: 32, "\(blockCount) blocks, \(chunkCount) chunks")
        }
        let expected =
            trailerHeaderLength + blockCount * blockLength + chunkCount * chunkLength
        guard bytes.count == expected else {
            throw FormatError(
                .malformed, in: structure, at: 32, "\(bytes.count) bytes, expected \(expected)")
        }
        guard bytes[40] == 0 else {
            throw FormatError(.unsupported, in: structure, at: 40, "the pack is sealed")
        }
        let end = packSizeInBytes - UInt64(footerLength) - UInt64(bytes.count)
        return try decodeRecords(bytes, blockCount: blockCount, end: end)
    }

    private static func decodeRecords(
        _ bytes: UnsafeRawBufferPointer, blockCount: Int, end: UInt64
    ) throws(FormatError) -> PackContents {
        var blocks: [BlockRecord] = []
        var chunks: [ChunkRecord] = []
        var blockEnd = UInt64(magic.count)
        var chunkOffset = trailerHeaderLength + blockCount * blockLength
        for number in 0..<blockCount {
            let offset = trailerHeaderLength + number * blockLength
            let block = try decodeBlock(bytes, at: offset)
            guard UInt64(block.offset) == blockEnd else {
                throw FormatError(.malformed, in: structure, at: offset, "gap before a block")
            }
            blockEnd = block.end
            var plainEnd: UInt64 = 0
            for _ in 0..<bytes.uint32(at: offset + 12) {
                guard chunkOffset + chunkLength <= bytes.count else {
                    throw FormatError(.malformed, in: structure, at: offset, "too many chunks")
                }
                let chunk = decodeChunk(bytes, at: chunkOffset, number, offset: plainEnd)
                plainEnd += UInt64(chunk.length)
                guard chunk.length > 0, plainEnd <= UInt64(block.plainLength) else {
                    throw FormatError(.malformed, in: structure, at: chunkOffset, "chunk length")
                }
                chunks.append(chunk)
                chunkOffset += chunkLength
            }
            guard plainEnd == UInt64(block.plainLength) else {
                throw FormatError(.malformed, in: structure, at: offset, "chunks do not fill block")
            }
            blocks.append(block)
        }
        guard blockEnd == end, chunkOffset == bytes.count else {
            throw FormatError(.malformed, in: structure, at: 0, "blocks do not fill the pack")
        }
        return PackContents(
            session: SessionID(bits(bytes, at: 0)), nonce: Nonce(bits(bytes, at: 16)),
            blocks: blocks, chunks: chunks)
    }

    private static func decodeBlock(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(FormatError) -> BlockRecord {
        let block = BlockRecord(
            offset: bytes.uint32(at: offset), storedLength: bytes.uint32(at: offset + 4),
            plainLength: bytes.uint32(at: offset + 8),
            codec: BlockCodec(rawValue: bytes[offset + 16]),
            kind: BlockKind(rawValue: bytes[offset + 17]))
        try validate(block, in: structure, at: offset)
        return block
    }

    /// Checks what must hold for every block, wherever it is described.
    static func validate(
        _ block: BlockRecord, in structure: String, at offset: Int
    ) throws(FormatError) {
        guard block.codec.isKnown, block.kind.isKnown else {
            throw FormatError(.unsupported, in: structure, at: offset, "codec or kind of a block")
        }
        guard block.plainLength <= FormatLimits.chunkInBytes, block.storedLength > 0,
            block.codec == .stored
                ? block.storedLength == block.plainLength : block.storedLength < block.plainLength
        else { throw FormatError(.malformed, in: structure, at: offset, "lengths of a block") }
    }

    private static func decodeChunk(
        _ bytes: UnsafeRawBufferPointer, at position: Int, _ block: Int, offset: UInt64
    ) -> ChunkRecord {
        // The caller has checked that the record lies within the trailer, so there is an address.
        let id = ChunkID(Digest256(loading: bytes.baseAddress! + position))
        return ChunkRecord(
            id: id, block: UInt32(block), offset: UInt32(truncatingIfNeeded: offset),
            length: bytes.uint32(at: position + 32))
    }

    static func appendIdentity(session: SessionID, nonce: Nonce, to bytes: inout [UInt8]) {
        for bits in [session.bits, nonce.bits] {
            bytes.append(bigEndian: bits.high)
            bytes.append(bigEndian: bits.low)
        }
    }

    static func bits(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> RandomBits {
        RandomBits(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        )
    }
}

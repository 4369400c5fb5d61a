import Cryptography
package import ObjectStore
package import RepositoryFormat
package import SnapshotModel
package import ZstdCodec

/// Reads trailers and blocks of packs.
package enum PackReader {
    /// How many bytes to read from the end of a pack in the hope that the whole trailer is in
    /// them: one request for packs of up to some 3,500 chunks.
    static let tailInBytes = 128 * 1024

    /// Reads what a pack's trailer tells, without the blocks: one or two requests.
    /// - Throws: `RepositoryError` `.damaged`; `StoreError`.
    package static func contents(
        of pack: PackID, in store: any ObjectStore
    ) throws -> (record: PackRecord, contents: PackContents) {
        let key = ObjectKey(ObjectNames.pack(pack))
        var tail = try store.get(key, .last(length: tailInBytes))
        // Fewer bytes than were asked for are the whole pack.
        let size = tail.count < tailInBytes ? UInt64(tail.count) : try store.head(key)
        do {
            let footer = try footer(of: tail.bytes, packSizeInBytes: size)
            let needed = footer.trailerLength + PackLayout.footerLength
            if tail.count < needed { tail = try store.get(key, .last(length: needed)) }
            let trailer = tail.bytes.suffix(needed).dropLast(PackLayout.footerLength)
            let contents = try PackLayout.decodeTrailer(
                UnsafeRawBufferPointer(rebasing: trailer), footer: footer, packSizeInBytes: size,
                hash: SHA256.digest)
            let record = PackRecord(id: pack, sizeInBytes: size, blocks: contents.blocks)
            return (record, contents)
        } catch let error as FormatError {
            throw RepositoryError.damaged(key, in: store, "\(error)")
        }
    }

    /// Decodes the trailer of a pack that is in memory as a whole.
    package static func contents(
        ofBytes bytes: UnsafeRawBufferPointer
    ) throws(FormatError) -> PackContents {
        guard bytes.starts(with: PackLayout.magic) else {
            throw FormatError(.malformed, in: "pack", at: 0, "not a pack of this version")
        }
        let size = UInt64(bytes.count)
        let footer = try footer(of: bytes, packSizeInBytes: size)
        let trailer = bytes.dropLast(PackLayout.footerLength).suffix(footer.trailerLength)
        return try PackLayout.decodeTrailer(
            UnsafeRawBufferPointer(rebasing: trailer), footer: footer, packSizeInBytes: size,
            hash: SHA256.digest)
    }

    /// The plain bytes of a block.
    /// - Parameter stored: exactly the block's bytes in the pack.
    /// - Throws: `ZstdError` when the frame is damaged or has another size.
    package static func plainBytes(
        of stored: UnsafeRawBufferPointer, _ block: BlockRecord,
        _ decompressor: borrowing ZstdDecompressor
    ) throws(ZstdError) -> [UInt8] {
        block.codec == .stored
            ? Array(stored)
            : try decompressor.decompress(stored, plainLength: Int(block.plainLength))
    }

    private static func footer(
        of tail: UnsafeRawBufferPointer, packSizeInBytes: UInt64
    ) throws(FormatError) -> PackLayout.Footer {
        guard tail.count >= PackLayout.footerLength else {
            throw FormatError(.malformed, in: "pack", at: 0, "\(tail.count) bytes only")
        }
        return try PackLayout.decodeFooter(
            UnsafeRawBufferPointer(rebasing: tail.suffix(PackLayout.footerLength)),
            packSizeInBytes: packSizeInBytes)
    }
}

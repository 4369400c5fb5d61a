import RepositoryFormat
import SnapshotModel
import TestSupport

/// Encodes and decodes the ends of packs with the stand-in hash.
enum Packs {
    /// Decodes the last bytes of a pack whose other bytes do not matter.
    /// - Parameter end: trailer and footer.
    static func decode(_ end: [UInt8], packSizeInBytes: UInt64) throws -> PackContents {
        try decode(end, packSizeInBytes: packSizeInBytes, hash: fakeHash)
    }

    static func decode(
        _ end: [UInt8], packSizeInBytes: UInt64, hash: PackLayout.Hash
    ) throws -> PackContents {
        let footer = try end.suffix(PackLayout.footerLength).withUnsafeBytes {
            try PackLayout.decodeFooter($0, packSizeInBytes: packSizeInBytes)
        }
        let trailer = end.dropLast(PackLayout.footerLength).suffix(footer.trailerLength)
        return try trailer.withUnsafeBytes {
            try PackLayout.decodeTrailer(
                $0, footer: footer, packSizeInBytes: packSizeInBytes, hash: hash)
        }
    }

    /// The size of the pack that has these contents and this end.
    static func size(_ contents: PackContents, _ end: [UInt8]) -> UInt64 {
        (contents.blocks.last?.end ?? UInt64(PackLayout.magic.count)) + UInt64(end.count)
    }

    /// The end of a pack with one number of the trailer changed, and a footer that fits.
    static func end(
        _ contents: PackContents, settingByteAt offset: Int, to bytes: [UInt8]
    ) -> [UInt8] {
        let end = PackLayout.encodeTrailer(contents, hash: fakeHash)
        var trailer = Array(end.dropLast(PackLayout.footerLength))
        trailer.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return sealed(trailer)
    }

    /// The trailer with a footer that fits.
    static func sealed(_ trailer: [UInt8]) -> [UInt8] {
        var end = trailer
        trailer.withUnsafeBytes(fakeHash).append(to: &end)
        end += littleEndian(UInt32(trailer.count)) + [0, 0, 0, 0] + Array("VARVEEP".utf8) + [1]
        return end
    }

    static func littleEndian(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

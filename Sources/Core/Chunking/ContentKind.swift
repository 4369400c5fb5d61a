/// What a file is like, as far as cutting it is concerned.
///
/// A pure function of the file's size and first bytes, so every machine cuts a file alike
/// (Specs/repository-format.md section 3 lists the signatures).
package enum ContentKind: Hashable, Sendable {
    /// Anything not recognised.
    case general
    /// Compressed or encrypted: replaced as a whole, gains nothing from small chunks.
    case opaque
    /// A database or a disk image: written in place, page by page.
    case paged

    /// How many of the file's first bytes `classify` looks at: up to the superblock of btrfs.
    package static let headInBytes = 68 * 1024

    /// Recognises the kind.
    /// - Parameters:
    ///   - head: the file's first `headInBytes` bytes, or all of a smaller file.
    ///   - sizeInBytes: the whole file's size.
    package static func classify(head: UnsafeRawBufferPointer, sizeInBytes: UInt64) -> Self {
        if isDatabase(head) || isVirtualDisk(head) || isRawDisk(head, sizeInBytes) {
            return .paged
        }
        return opaqueSignatures.contains { $0.matches(head) } ? .opaque : .general
    }

    private struct Signature {
        let offset: Int
        let bytes: [UInt8]

        init(_ offset: Int, _ bytes: [UInt8]) {
            self.offset = offset
            self.bytes = bytes
        }

        init(_ offset: Int, _ text: String) { self.init(offset, Array(text.utf8)) }

        func matches(_ head: UnsafeRawBufferPointer) -> Bool {
            offset + bytes.count <= head.count
                && head[offset..<offset + bytes.count].elementsEqual(bytes)
        }
    }

    private static let opaqueSignatures = [
        Signature(0, [0xFF, 0xD8, 0xFF]),  // JPEG
        Signature(0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),  // PNG
        Signature(0, "GIF8"),
        Signature(8, "WEBP"),
        Signature(4, "ftyp"),  // MP4, MOV, HEIC, AVIF
        Signature(0, [0x1A, 0x45, 0xDF, 0xA3]),  // Matroska, WebM
        Signature(0, "ID3"),  // MP3 with a tag
        Signature(0, [0xFF, 0xFB]),  // MP3 without
        Signature(0, [0xFF, 0xF3]),
        Signature(0, "OggS"),
        Signature(0, "fLaC"),
        Signature(0, [0x1F, 0x8B, 0x08]),  // gzip
        Signature(0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),  // xz
        Signature(0, [0x28, 0xB5, 0x2F, 0xFD]),  // zstd
        Signature(0, "BZh"),
        Signature(0, [0x04, 0x22, 0x4D, 0x18]),  // lz4 frame
        Signature(0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),  // 7z
        Signature(0, "Rar!\u{1A}\u{07}"),
        Signature(0, [0x50, 0x4B, 0x03, 0x04]),  // zip and what is built on it
        Signature(0, "MSCF"),  // cabinet
    ]

    private static let sqlite = Signature(0, "SQLite format 3\0")
    private static let virtualDisks = [
        Signature(0, [0x51, 0x46, 0x49, 0xFB]),  // qcow2
        Signature(0, "KDMV"),  // VMDK, sparse extent
        Signature(64, [0x7F, 0x10, 0xDA, 0xBE]),  // VDI
        Signature(0, "vhdxfile"),
    ]
    private static let partitionTable = Signature(510, [0x55, 0xAA])
    private static let superblocks = [
        Signature(512, "EFI PART"),
        Signature(0, "XFSB"),
        Signature(0x1_0040, "_BHRfS_M"),  // btrfs
    ]
    private static let extSuperblock = Signature(0x438, [0x53, 0xEF])

    /// Disk images have at least this size: a chance match in a small file is not worth it.
    private static let smallestDiskInBytes: UInt64 = 1024 * 1024
    private static let sectorInBytes: UInt64 = 512

    private static func isDatabase(_ head: UnsafeRawBufferPointer) -> Bool { sqlite.matches(head) }

    private static func isVirtualDisk(_ head: UnsafeRawBufferPointer) -> Bool {
        virtualDisks.contains { $0.matches(head) }
    }

    private static func isRawDisk(_ head: UnsafeRawBufferPointer, _ size: UInt64) -> Bool {
        guard size >= smallestDiskInBytes, size % sectorInBytes == 0 else { return false }
        return superblocks.contains { $0.matches(head) }
            || hasPartitionTable(head) || hasExtSuperblock(head)
    }

    /// The two bytes of the boot signature are weak, so each partition must also be marked
    /// active or not, with nothing else.
    private static func hasPartitionTable(_ head: UnsafeRawBufferPointer) -> Bool {
        partitionTable.matches(head)
            && [446, 462, 478, 494].allSatisfy { head[$0] == 0 || head[$0] == 0x80 }
    }

    /// The two bytes of the magic are weak, so the logarithm of the block size must be sane too.
    private static func hasExtSuperblock(_ head: UnsafeRawBufferPointer) -> Bool {
        extSuperblock.matches(head) && head[0x418] <= 6
            && head[0x419] == 0 && head[0x41A] == 0 && head[0x41B] == 0
    }
}

/// The limits of format version 1 (Specs/repository-format.md section 9).
///
/// A decoder refuses what exceeds them, so that no hostile object makes it allocate without bound.
package enum FormatLimits {
    /// The format that this code reads and writes.
    package static let version: UInt64 = 1

    /// A block takes chunks up to this many plain bytes: large enough for zstd to find repetition
    /// across small files, small enough that reading one chunk stays cheap.
    package static let blockTargetInBytes = 1024 * 1024
    /// A block takes at most this many chunks, so that tiny ones cannot overfill a pack's trailer.
    package static let chunksPerBlock = 16 * 1024
    /// A pack takes blocks up to this many stored bytes; bounds memory and the cost of a retry.
    package static let packTargetInBytes = 32 * 1024 * 1024
    /// The largest chunk: four times the largest average of `init --chunk-size`.
    package static let chunkInBytes = 16 * 1024 * 1024
    /// The largest pack: a full one that then takes one block of the largest chunk, and a trailer.
    package static let packInBytes = 128 * 1024 * 1024
    /// The most chunks in one pack: bounds the trailer to 36 MiB.
    package static let chunksPerPack = 1024 * 1024
    /// The most blocks in one pack.
    package static let blocksPerPack = 1024 * 1024

    /// The longest list of chunk IDs that stands in an entry; longer lists are stored as chunks.
    package static let inlineChunks = 256
    /// The most levels of indirection: 16^9 lists of 16 exceed any file.
    package static let levels = 9
    /// The fewest chunk IDs in a list chunk, the last one aside.
    package static let listMinimum = 16
    /// A list ends behind a chunk ID whose last byte has these bits clear: every 64th, on average.
    package static let listBoundaryMask: UInt64 = 63
    /// The most chunk IDs in a list chunk.
    package static let listMaximum = 256

    /// The most extended attributes of one entry. Linux allows 64 KiB of names, some thousands; no
    /// file that is known has more than a dozen.
    package static let attributes = 256
    /// The longest value of an attribute that stands in its entry: access control lists and labels
    /// have some hundred bytes, and listings stay small.
    package static let inlineAttributeInBytes = 4 * 1024
    /// The most bytes of all values that stand in one entry: four of the longest, so that a line
    /// keeps its limit however they are escaped.
    package static let inlineAttributesInBytes = 16 * 1024
    /// The most bytes of all values of one entry together: what a reader may have to hold at once.
    /// Linux allows 64 KiB a value; resource forks of macOS may be larger, and are left out then.
    package static let attributesInBytes = 16 * 1024 * 1024
    /// The longest path of the first of several hard links: sixteen times Linux's PATH_MAX.
    package static let hardLinkInBytes = 64 * 1024
    /// The longest line of a listing: a name, a link target and a path of hard links, escaped, 256
    /// attributes with names of 255 bytes, their values, and 256 IDs.
    package static let listingLineInBytes = 1024 * 1024
    /// The largest plain JSON document (description or manifest).
    package static let documentInBytes = 16 * 1024 * 1024
    /// The longest list of names that a marker holds, with all around it: 262,144 packs, which are
    /// 8 TiB when full, or 524,288 sessions. A prune that gives up more writes several.
    package static let markerInBytes = MarkerList.sizeInBytes(packs: condemnedPacks)
    /// The most packs that one act condemns.
    package static let condemnedPacks = 256 * 1024
    /// The most sessions that a marker names.
    package static let notedSessions = 512 * 1024
    /// How many unreadable paths a manifest names; the count is always exact.
    package static let unreadablePaths = 1000
    /// How deep JSON may be nested.
    package static let jsonDepth = 32
    /// The largest average chunk size of `init --chunk-size`.
    package static let largestAverageInBytes = 4 * 1024 * 1024
    /// The smallest average chunk size.
    package static let smallestAverageInBytes = 4 * 1024
}

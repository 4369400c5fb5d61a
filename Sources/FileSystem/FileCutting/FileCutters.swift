package import Chunking
package import SnapshotModel

/// The cutters of a repository, one for each kind of content.
package final class FileCutters: Sendable {
    private let general: ChunkCutter
    private let opaque: ChunkCutter
    private let paged: ChunkCutter
    private let zeros: [UInt8]

    /// Files below this size are read as a whole.
    package let bufferInBytes = 1024 * 1024
    /// About how many bytes of a larger file come at once: one block.
    package let segmentInBytes = 1024 * 1024

    /// The cutters that a repository's description asks for.
    package init(_ parameters: ChunkingParameters) {
        func cutter(_ sizes: ChunkSizes) -> ChunkCutter {
            ChunkCutter(
                minimum: sizes.minimum, average: sizes.average, maximum: sizes.maximum)
        }
        general = cutter(parameters.general)
        opaque = cutter(parameters.opaque)
        // Without freedom between minimum and maximum every chunk is a page.
        paged = cutter(
            ChunkSizes(
                minimum: parameters.pageSizeInBytes, average: parameters.pageSizeInBytes,
                maximum: parameters.pageSizeInBytes))
        zeros = [UInt8](repeating: 0, count: parameters.largestChunkInBytes)
    }

    /// The cutter for listings.
    package var listings: ChunkCutter { general }

    /// The cutter for a file that begins with `head`.
    package func cutter(forHead head: UnsafeRawBufferPointer, sizeInBytes: UInt64) -> ChunkCutter {
        let head = UnsafeRawBufferPointer(rebasing: head.prefix(ContentKind.headInBytes))
        return switch ContentKind.classify(head: head, sizeInBytes: sizeInBytes) {
        case .general: general
        case .opaque: opaque
        case .paged: paged
        }
    }

    /// Calls `body` with `length` zeros, at most the largest chunk.
    package func withZeros<Result>(
        _ length: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        zeros.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    }
}

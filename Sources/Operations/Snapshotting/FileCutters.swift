import Chunking
import SnapshotModel

/// The cutters of a repository, one for each kind of content.
final class FileCutters: Sendable {
    private let general: ChunkCutter
    private let opaque: ChunkCutter
    private let paged: ChunkCutter
    private let zeros: [UInt8]

    /// The size of the buffers that files are read into: room for two of the largest chunks.
    let bufferInBytes: Int
    /// About how many bytes of a large file are handed to one worker.
    let segmentInBytes: Int

    init(_ parameters: ChunkingParameters) {
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
        segmentInBytes = 1024 * 1024
        bufferInBytes = max(2 * parameters.largestChunkInBytes, 2 * 1024 * 1024)
    }

    /// The cutter for listings.
    var listings: ChunkCutter { general }

    /// The cutter for a file that begins with `head`.
    func cutter(forHead head: UnsafeRawBufferPointer, sizeInBytes: UInt64) -> ChunkCutter {
        let head = UnsafeRawBufferPointer(rebasing: head.prefix(ContentKind.headInBytes))
        return switch ContentKind.classify(head: head, sizeInBytes: sizeInBytes) {
        case .general: general
        case .opaque: opaque
        case .paged: paged
        }
    }

    /// Calls `body` with `length` zeros, at most the largest chunk.
    func withZeros<Result>(_ length: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        zeros.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    }
}

import ChunkStorage
import FileCutting
import SnapshotModel
import WorkerThreads

/// Consecutive chunks of a large file, cut already: any worker may hash and save them.
final class FileSegment: Sendable {
    private let bytes: ChunkedBytes
    private let result = Monitor<[ChunkID]?>(nil)

    init(_ bytes: ChunkedBytes) { self.bytes = bytes }

    /// Saves the chunks.
    func process(_ stream: ChunkStream) {
        var ids: [ChunkID] = []
        ids.reserveCapacity(bytes.lengths.count)
        bytes.forEachChunk { ids.append(stream.save($0)) }
        result.update { $0 = ids }
    }

    /// Waits until somebody has processed the segment, and appends its chunks to a file.
    func append(to content: inout ContentBuilder) {
        let ids = result.wait { $0 }
        for (id, length) in zip(ids, bytes.lengths) { content.append(id, sizeInBytes: length) }
    }

    /// The bytes of all its chunks.
    var sizeInBytes: Int { bytes.sizeInBytes }

    /// Whether `append` would not wait.
    var isProcessed: Bool { result.read { $0 != nil } }
}

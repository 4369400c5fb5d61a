import ChunkStorage
import SnapshotModel
import WorkerThreads

/// Consecutive chunks of a large file, cut already: any worker may hash and save them.
final class FileSegment: @unchecked Sendable {
    // @unchecked: `memory` is filled before the segment is shared and only read afterwards.

    private let memory: UnsafeMutableRawBufferPointer
    private let lengths: [Int]
    private let result = Monitor<[ChunkID]?>(nil)

    /// Takes over memory that begins with the chunks.
    init(memory: UnsafeMutableRawBufferPointer, lengths: [Int]) {
        self.memory = memory
        self.lengths = lengths
    }

    deinit { memory.deallocate() }

    /// Saves the chunks.
    func process(_ stream: ChunkStream) {
        var ids: [ChunkID] = []
        ids.reserveCapacity(lengths.count)
        var start = 0
        for length in lengths {
            let chunk = UnsafeRawBufferPointer(rebasing: memory[start..<start + length])
            ids.append(stream.save(chunk))
            start += length
        }
        result.update { $0 = ids }
    }

    /// Waits until somebody has processed the segment, and appends its chunks to a file.
    func append(to content: inout ContentBuilder) {
        let ids = result.wait { $0 }
        for (id, length) in zip(ids, lengths) { content.append(id, sizeInBytes: length) }
    }

    /// The bytes of all its chunks.
    var sizeInBytes: Int { lengths.reduce(0, +) }

    /// Whether `append` would not wait.
    var isProcessed: Bool { result.read { $0 != nil } }
}

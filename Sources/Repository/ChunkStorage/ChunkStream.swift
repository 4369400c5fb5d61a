import Cryptography
import RepositoryFormat
package import SnapshotModel

/// Saves chunks for one thread: hashes them, asks the index, fills blocks with the new ones.
package final class ChunkStream {
    private let saver: ChunkSaver
    private let index: ChunkIndex
    private var hash = SHA256()
    private var builder: BlockBuilder
    private var zeroID: (length: Int, id: ChunkID)?

    init(
        saver: ChunkSaver, index: ChunkIndex, kind: BlockKind, compression: CompressionSetting,
        control: LevelControl?
    ) throws {
        self.saver = saver
        self.index = index
        builder = try BlockBuilder(kind: kind, compression: compression, control: control)
    }

    /// Saves a chunk; waits while the store is slower than this thread.
    /// - Parameter bytes: 1 to `FormatLimits.chunkInBytes` bytes.
    /// - Returns: its name. The chunk is durable only after `ChunkSaver.finish`.
    package func save(_ bytes: UnsafeRawBufferPointer) -> ChunkID {
        precondition((1...FormatLimits.chunkInBytes).contains(bytes.count), "chunk size")
        let id = identify(bytes)
        if index.claim(id), let block = builder.append(id, bytes) { saver.add(block) }
        return id
    }

    /// Saves a chunk also when the repository has it already; otherwise as `save`.
    ///
    /// For whoever gives up the packs that have it. It is stored each time, but for calls that
    /// follow each other before a table lists it.
    /// - Parameter id: the name, which the caller has verified.
    package func saveCopy(_ id: ChunkID, _ bytes: UnsafeRawBufferPointer) {
        precondition((1...FormatLimits.chunkInBytes).contains(bytes.count), "chunk size")
        if index.claimCopy(id), let block = builder.append(id, bytes) { saver.add(block) }
    }

    /// Hands over the block that is not full yet.
    package func flush() {
        if let block = builder.finish() { saver.add(block) }
    }

    /// Long runs of zeros come as equal chunks: the name of the last one is remembered.
    private func identify(_ bytes: UnsafeRawBufferPointer) -> ChunkID {
        guard bytes.isAllZero else { return ChunkID(hash.digest(of: bytes)) }
        if let zeroID, zeroID.length == bytes.count { return zeroID.id }
        let id = ChunkID(hash.digest(of: bytes))
        zeroID = (bytes.count, id)
        return id
    }
}

extension UnsafeRawBufferPointer {
    /// Whether every byte is zero; looks at the first eight before it goes on.
    package var isAllZero: Bool {
        var offset = 0
        while offset + 8 <= count {
            if loadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
            offset += 8
        }
        while offset < count {
            if self[offset] != 0 { return false }
            offset += 1
        }
        return true
    }
}

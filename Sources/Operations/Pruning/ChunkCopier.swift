// Copies the chunks of a selection into new packs. One thread walks through the listings and finds
// the order; others take the chunks in batches, read them in the order in which they lie, verify
// each, and save them in the order of the listings.

package import ChunkMarking
package import ChunkStorage
package import ObjectStore
import RepositoryAccess
import RepositoryFormat
package import SnapshotModel
import Synchronization
import WorkerThreads

/// What a copy has done.
package struct CopyReport: Hashable, Sendable {
    /// Chunks copied.
    package var chunks = 0
    /// Their plain bytes.
    package var plainInBytes: UInt64 = 0

    /// Nothing copied.
    package init() {}
}

/// Copies chunks out of packs that are given up.
package struct ChunkCopier: Sendable {
    /// A batch has so many plain bytes; one chunk may be larger.
    private static let batchInBytes = 8 * 1024 * 1024
    /// A batch has at most so many chunks.
    private static let batchCount = 8 * 1024
    /// Blocks of which several batches want chunks.
    private static let cacheInBytes = 32 * 1024 * 1024

    private typealias Batch = [CopiedChunk]

    private let store: any ObjectStore
    private let index: ChunkIndex
    private let marks: ChunkMarks
    private let settings: MarkSettings

    /// - Parameters:
    ///   - store: where the packs are.
    ///   - index: lists them.
    ///   - settings: `threadCount` threads read and save, up to one for each processor.
    package init(
        store: any ObjectStore, index: ChunkIndex, marks: ChunkMarks, _ settings: MarkSettings
    ) {
        self.store = store
        self.index = index
        self.marks = marks
        self.settings = settings
    }

    /// Copies every chunk of a selection.
    ///
    /// When this returns, the chunks are with the saver; they are durable and listed once the
    /// saver's `finish` has returned. On an error nothing of the victims may be deleted.
    /// - Parameters:
    ///   - manifests: in any order; their listings decide about the order of the copies, those of
    ///     the newest first.
    ///   - saver: takes the copies, whatever its index knows.
    /// - Throws: `RepositoryError` `.damaged` when a chunk cannot be read, or its pack has gone;
    ///   `StoreError`; `Interrupted`.
    package func copy(
        _ selection: CopySelection, manifests: [Manifest], to saver: ChunkSaver
    ) throws -> CopyReport {
        if selection.count == 0 { return CopyReport() }
        let shared = ChunkLoader.Shared(
            store: store, index: index, cacheInBytes: Self.cacheInBytes)
        let report = Mutex(CopyReport())
        let batches = BoundedQueue<Batch>(capacity: 2)
        try withThreads { threads in
            threads.onFailure { batches.cancel() }
            for _ in 0..<min(settings.threadCount, processorCount()) {
                threads.spawn {
                    let worker = try CopyWorker(shared, saver)
                    while let batch = batches.pop() {
                        try settings.cancellation.check()
                        let bytes = try worker.copy(batch)
                        report.withLock { report in
                            report.chunks += batch.count
                            report.plainInBytes += bytes
                        }
                    }
                    worker.finish()
                }
            }
            try findOrder(of: selection, manifests, shared, into: batches)
            batches.close()
        }
        return report.withLock { $0 }
    }

    private func findOrder(
        of selection: CopySelection, _ manifests: [Manifest], _ shared: ChunkLoader.Shared,
        into batches: BoundedQueue<Batch>
    ) throws {
        let reader = TreeReader(
            try ChunkLoader(shared, metadataWindowInBytes: settings.windowInBytes))
        var batch: Batch = []
        var size = 0
        func send() throws {
            // A cancelled queue means that a thread has failed, whose error is the one that counts.
            guard batches.push(batch) else { throw Interrupted() }
            batch = []
            size = 0
        }
        let order = CopyOrder(marks, selection, reader) { chunk in
            batch.append(chunk)
            size += Int(chunk.source.length)
            if size >= Self.batchInBytes || batch.count >= Self.batchCount { try send() }
        }
        try order.walk(manifests.sorted { ($0.time, $0.id) > ($1.time, $1.id) })
        if !batch.isEmpty { try send() }
    }
}

/// Reads and saves batches, for one thread.
private final class CopyWorker {
    private let loader: ChunkLoader
    private let data: ChunkStream
    private let metadata: ChunkStream

    init(_ shared: ChunkLoader.Shared, _ saver: ChunkSaver) throws {
        loader = try ChunkLoader(shared)
        data = try saver.makeStream(.data)
        metadata = try saver.makeStream(.metadata)
    }

    /// - Returns: the plain bytes of the batch.
    func copy(_ batch: [CopiedChunk]) throws -> UInt64 {
        let order = batch.indices.sorted { left, right in
            let (left, right) = (batch[left].source, batch[right].source)
            return (left.pack, left.block.offset, left.offset)
                < (right.pack, right.block.offset, right.offset)
        }
        loader.expect(order.map { batch[$0].source })
        var chunks = [[UInt8]](repeating: [], count: batch.count)
        for number in order { chunks[number] = try loader.load(batch[number].id) { Array($0) } }
        var bytes: UInt64 = 0
        for (chunk, plain) in zip(batch, chunks) {
            let stream = chunk.kind == .metadata ? metadata : data
            plain.withUnsafeBytes { stream.saveCopy(chunk.id, $0) }
            bytes += UInt64(plain.count)
        }
        return bytes
    }

    func finish() {
        data.flush()
        metadata.flush()
    }
}

// The threads of an export. Some send requests for the ranges of a segment, several at once, and
// decompress and verify what arrives; one writes the stream in order. Two segments are in memory:
// the one that is written, and the next one, which is read meanwhile.

import ChunkStorage
import SnapshotModel
import WorkerThreads
import ZstdCodec

/// Carries out segments.
final class ExportPipeline: Sendable {
    private enum Work: Sendable {
        case range(ExportSegment, Int)
        /// A block that the segment before reads.
        case shared(ExportSegment, Int)
    }

    private let shared: ChunkLoader.Shared
    private let settings: ExportSettings
    private let segments = BoundedQueue<ExportSegment>(capacity: 1)
    // Without a bound of its own: there are no more than the blocks of two segments.
    private let work = BoundedQueue<Work>(capacity: .max)
    /// Whether a thread has failed; updated whenever something has come in.
    private let arrival = Monitor(false)

    /// A pipeline whose threads run in `threads`.
    /// - Parameter makeWriter: called by the thread that writes.
    init(
        _ shared: ChunkLoader.Shared, _ settings: ExportSettings, _ threads: ThreadGroup,
        makeWriter: @escaping @Sendable () -> StreamWriter
    ) {
        self.shared = shared
        self.settings = settings
        threads.onFailure { [self] in
            // First, so that the writer does not take the end of its queue for that of the stream.
            arrival.update { $0 = true }
            segments.cancel()
            work.cancel()
        }
        for _ in 0..<settings.requestsInFlight { threads.spawn { [self] in try readAll() } }
        threads.spawn { [self] in try writeAll(makeWriter()) }
    }

    /// Hands over a segment; waits until the one before it is being written.
    /// - Throws: `Interrupted` when a thread has failed; its error is the one that counts.
    func add(_ segment: ExportSegment) throws {
        guard segments.push(segment) else { throw Interrupted() }
        for position in segment.ranges.indices { work.push(.range(segment, position)) }
        for position in segment.shared { work.push(.shared(segment, position)) }
    }

    /// Says that no segment follows.
    func finish() {
        segments.close()
        work.close()
    }

    /// Waits for a chunk.
    /// - Throws: `Interrupted` when a thread has failed.
    func outcome(_ chunk: Int, of segment: ExportSegment) throws -> ExportSegment.Outcome {
        try wait { segment.outcome(chunk) }
    }

    private func wait<Result>(for body: () -> Result?) throws -> Result {
        try arrival.wait { hasFailed in
            if hasFailed { throw Interrupted() }
            return body()
        }
    }

    private func writeAll(_ writer: StreamWriter) throws {
        while let segment = segments.pop() { try writer.write(segment, self) }
        if arrival.read({ $0 }) { throw Interrupted() }
        try writer.finish()
    }

    private func readAll() throws {
        let loader = try ChunkLoader(shared)
        while let next = work.pop() {
            try settings.cancellation.check()
            switch next {
            case .range(let segment, let position):
                try read(segment.ranges[position], of: segment, loader)
            case .shared(let segment, let position):
                // Whoever reads it has taken that up before: the queue is in order.
                try wait { segment.blocks[position].isComing ? nil : () }
                try verify(position, of: segment, loader)
            }
        }
    }

    private func read(
        _ range: ExportSegment.Range, of segment: ExportSegment, _ loader: ChunkLoader
    ) throws {
        let stored = try fetch(range)
        for position in range.blocks {
            let block = segment.blocks[position]
            block.finish(stored.flatMap { Self.plainBytes(of: block, in: $0, loader) })
            try verify(position, of: segment, loader)
        }
    }

    private func fetch(_ range: ExportSegment.Range) throws -> StoredBytes? {
        do {
            return try shared.fetch(range.pack, offset: range.offset, length: range.length)
        } catch let error as RepositoryError where error.code == .damaged {
            // Each chunk is then looked for elsewhere.
            return nil
        }
    }

    private static func plainBytes(
        of block: ExportBlock, in stored: StoredBytes, _ loader: ChunkLoader
    ) -> [UInt8]? {
        withExtendedLifetime(stored) {
            guard let bytes = stored.bytes(of: block.record) else { return nil }
            do throws(ZstdError) {
                return try loader.plainBytes(of: bytes, block.record)
            } catch {
                return nil
            }
        }
    }

    /// Verifies the chunks that a segment wants of a block, and looks elsewhere for what is wrong.
    private func verify(
        _ position: Int, of segment: ExportSegment, _ loader: ChunkLoader
    ) throws {
        var plain: [UInt8] = []
        if case .plain(let bytes) = segment.blocks[position].state { plain = bytes }
        let found = try segment.chunksOfBlocks[position].map { number in
            let chunk = segment.chunks[number]
            let isWhole = plain.withUnsafeBytes { bytes in
                chunk.range.upperBound <= bytes.count
                    && loader.verifies(
                        UnsafeRawBufferPointer(rebasing: bytes[chunk.range]), chunk.id)
            }
            return (number, isWhole ? .inBlock : try readElsewhere(chunk, loader))
        }
        segment.finish(found)
        arrival.update { _ in }
    }

    /// Looks for a chunk in all packs that have it, the one of the plan included: what was damaged
    /// on its way comes whole the second time.
    private func readElsewhere(
        _ chunk: ExportSegment.Chunk, _ loader: ChunkLoader
    ) throws -> ExportSegment.Outcome {
        do {
            let bytes = try loader.load(chunk.id) { Array($0) }
            if bytes.count == chunk.range.count { return .elsewhere(bytes) }
            return .damaged("chunk \(chunk.id) has \(bytes.count) bytes")
        } catch let error as RepositoryError where error.code == .damaged {
            return .damaged("\(error)")
        }
    }
}

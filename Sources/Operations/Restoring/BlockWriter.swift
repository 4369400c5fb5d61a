import ChunkStorage
import SnapshotModel
import WorkerThreads
import ZstdCodec

/// Decompresses and verifies blocks, and writes their chunks where they are wanted, for one thread.
final class BlockWriter {
    /// Places that are gathered before they are written: a chunk of zeros may have millions.
    private static let piecesAtOnce = 16 * 1024

    private let loader: ChunkLoader
    private let context: RestoreContext
    private var pieces: [PendingFile.Piece] = []

    init(_ loader: ChunkLoader, _ context: RestoreContext) {
        self.loader = loader
        self.context = context
    }

    /// Writes the wanted chunks of a block.
    /// - Throws: what makes going on useless: a full disk, a store that cannot be reached.
    func write(_ position: Int, of part: FetchedPart) throws {
        try context.settings.cancellation.check()
        let segment = part.segment
        let block = segment.plan.blocks[position]
        var missing = Array(block.chunks)
        if let plain = plainBytes(of: block, in: part) {
            missing = try plain.withUnsafeBytes { try writeChunks(of: block, $0, in: segment) }
        }
        for chunk in missing { try writeFromElsewhere(chunk, in: segment) }
    }

    /// - Returns: `nil` when the bytes at hand are not those of the block.
    private func plainBytes(of block: RestorePlan.Block, in part: FetchedPart) -> [UInt8]? {
        guard let stored = part.stored, let bytes = stored.bytes(of: block.record) else {
            return nil
        }
        return withExtendedLifetime(stored) {
            do throws(ZstdError) {
                return try loader.plainBytes(of: bytes, block.record)
            } catch {
                return nil
            }
        }
    }

    /// - Returns: the positions of chunks that have other bytes than they should.
    private func writeChunks(
        of block: RestorePlan.Block, _ plain: UnsafeRawBufferPointer, in segment: RestoreSegment
    ) throws -> [Int] {
        var missing: [Int] = []
        for position in block.chunks {
            let chunk = segment.plan.chunk(at: position)
            let range = Int(chunk.offset)..<Int(chunk.offset) + Int(chunk.length)
            guard range.upperBound <= plain.count,
                loader.verifies(UnsafeRawBufferPointer(rebasing: plain[range]), chunk.id)
            else {
                missing.append(position)
                continue
            }
            try gather(position, at: chunk.offset, chunk.length, of: plain, in: segment)
        }
        try writePieces(of: plain, in: segment)
        return missing
    }

    /// Writes chunks that lie one behind the other, as far as they are the ones that they should
    /// be.
    /// - Parameter positions: of the chunks, in the order in which they lie.
    /// - Returns: the positions of those that are not.
    func write(
        _ positions: [Int], lyingIn plain: UnsafeRawBufferPointer, of segment: RestoreSegment
    ) throws -> [Int] {
        var missing: [Int] = []
        var offset = 0
        for position in positions {
            let chunk = segment.plan.chunk(at: position)
            let end = offset + Int(chunk.length)
            if end <= plain.count,
                loader.verifies(UnsafeRawBufferPointer(rebasing: plain[offset..<end]), chunk.id)
            {
                try gather(position, at: UInt32(offset), chunk.length, of: plain, in: segment)
            } else {
                missing.append(position)
            }
            offset = end
        }
        try writePieces(of: plain, in: segment)
        return missing
    }

    /// Whether bytes are those of the chunk at a position.
    func verifies(
        _ bytes: UnsafeRawBufferPointer, _ position: Int, of segment: RestoreSegment
    ) -> Bool {
        loader.verifies(bytes, segment.plan.chunk(at: position).id)
    }

    /// Looks for a chunk in all packs that have it, the one of the plan included: what was damaged
    /// on its way comes whole the second time.
    func writeFromElsewhere(_ position: Int, in segment: RestoreSegment) throws {
        let chunk = segment.plan.chunk(at: position)
        do {
            try loader.load(chunk.id) { bytes in
                guard bytes.count == Int(chunk.length) else {
                    throw RepositoryError(
                        .damaged, "cannot read chunk \(chunk.id)",
                        cause: "\(bytes.count) bytes, expected \(chunk.length)")
                }
                try gather(position, at: 0, chunk.length, of: bytes, in: segment)
                try writePieces(of: bytes, in: segment)
            }
        } catch let error as RepositoryError where error.code == .damaged {
            try segment.plan.forEachPlace(ofChunkAt: position) { place in
                let file = segment.files[Int(place.file)]
                file.fail(damage: "\(error)")
                try file.settle(places: 1)
            }
        }
    }

    /// Notes where the bytes of a chunk go; writes when many places have gathered.
    private func gather(
        _ position: Int, at blockOffset: UInt32, _ length: UInt32,
        of plain: UnsafeRawBufferPointer, in segment: RestoreSegment
    ) throws {
        try segment.plan.forEachPlace(ofChunkAt: position) { place in
            pieces.append(
                PendingFile.Piece(
                    file: place.file, blockOffset: blockOffset, fileOffset: place.offset,
                    length: Int(length)))
            if pieces.count == Self.piecesAtOnce { try writePieces(of: plain, in: segment) }
        }
    }

    private func writePieces(of plain: UnsafeRawBufferPointer, in segment: RestoreSegment) throws {
        defer { pieces.removeAll(keepingCapacity: true) }
        pieces.sort { ($0.file, $0.fileOffset) < ($1.file, $1.fileOffset) }
        var first = 0
        while first < pieces.count {
            var next = first + 1
            while next < pieces.count, pieces[next].file == pieces[first].file { next += 1 }
            let file = segment.files[Int(pieces[first].file)]
            try file.write(pieces[first..<next], of: plain)
            first = next
        }
    }
}

import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel

/// Reads cells of metadata and marks what they refer to, for one thread.
///
/// What a listing leads to and what lies in the same cell is read at once: a snapshot stores
/// listings from the leaves of the tree to its root, so going backwards through a cell meets a
/// listing after all that lead to it, as a rule, and each block is decompressed once.
final class MetadataReader {
    private let state: WalkState
    private let loader: ChunkLoader
    private let tables: [MarkedTable]
    private let pieces: PieceBoard
    private let buffer: ReferenceBuffer

    init(_ state: WalkState, _ shared: ChunkLoader.Shared, _ pieces: PieceBoard) throws {
        self.state = state
        self.pieces = pieces
        loader = try ChunkLoader(shared)
        tables = state.marks.tables
        buffer = ReferenceBuffer(state)
    }

    /// Reads what is wanted of a cell, and all of it that this leads to.
    /// - Throws: `StoreError` when the store cannot be reached; what is damaged is reported.
    func read(_ cell: MetadataCell) throws {
        var cell = cell
        let stored = try fetch(cell)
        while let number = cell.wanted.keys.max(), let wanted = cell.wanted[number] {
            cell.wanted[number] = nil
            let plain = stored.flatMap { stored in
                cell.blocks[number].flatMap { plainBytes(of: $0, in: stored) }
            }
            for chunk in wanted.sorted(by: { $0.record.offset > $1.record.offset }) {
                try read(chunk, plain)
            }
            sort(buffer.takeWalks(), into: &cell)
        }
    }

    /// Marks what was gathered of the cells so far.
    func finish() {
        state.add(buffer.takeWalks())
        buffer.flush()
    }

    private func sort(_ walks: [PendingWalk], into cell: inout MetadataCell) {
        var others: [PendingWalk] = []
        for walk in walks {
            guard walk.place.table == cell.table else {
                others.append(walk)
                continue
            }
            guard let chunk = state.wanted(walk, in: tables) else { continue }
            if cell.blocks[chunk.record.block] != nil {
                cell.wanted[chunk.record.block, default: []].append(chunk)
            } else {
                others.append(walk)
            }
        }
        state.add(others)
    }

    private func fetch(_ cell: MetadataCell) throws -> StoredBytes? {
        do {
            return try loader.shared.fetch(
                cell.pack, offset: cell.offset, length: cell.length, for: .metadata)
        } catch let error as RepositoryError where error.code == .damaged {
            return nil
        }
    }

    private func plainBytes(of block: BlockRecord, in stored: StoredBytes) -> [UInt8]? {
        // What cannot be decompressed is loaded anew, chunk by chunk, and then tells the reason.
        stored.bytes(of: block).flatMap { try? loader.plainBytes(of: $0, block) }
    }

    private func read(_ chunk: WantedChunk, _ plain: [UInt8]?) throws {
        let id = tables[Int(chunk.place.table)].open.table.chunkID(Int(chunk.place.position))
        let isRead = plain?.withUnsafeBytes { plain -> Bool in
            let start = Int(chunk.record.offset)
            guard start + Int(chunk.record.length) <= plain.count else { return false }
            let bytes = UnsafeRawBufferPointer(
                rebasing: plain[start..<start + Int(chunk.record.length)])
            guard loader.verifies(bytes, id) else { return false }
            take(chunk, id, bytes)
            return true
        }
        if isRead == true { return }
        do {
            try loader.load(id) { take(chunk, id, $0) }
        } catch let error as RepositoryError where error.code == .damaged {
            noteUnreadable(id, chunk.purpose, error.cause)
        }
    }

    private func noteUnreadable(
        _ id: ChunkID, _ purpose: WantedChunk.Purpose, _ reason: String
    ) {
        let level: UInt8? =
            switch purpose {
            case .listing: PendingWalk.listing
            case .list(let level): level
            // The listing as a whole is tried again.
            case .piece: nil
            }
        state.noteUnreadable(
            Unresolved.Reference(id: id, level: level, sizeInBytes: 0), reason)
    }

    private func take(_ chunk: WantedChunk, _ id: ChunkID, _ bytes: UnsafeRawBufferPointer) {
        switch chunk.purpose {
        case .listing:
            note(id, ListingLines.read(bytes, into: buffer))
        case .list(let level):
            state.note { $0.lists += 1 }
            do throws(FormatError) {
                let ids = try ContentList.decode(bytes)
                level == 1
                    ? buffer.add(data: ids) : buffer.add(lists: ids, level: Int(level) - 1)
            } catch {
                state.noteDamage(id, "\(error)")
            }
        case .piece(let number):
            let (ends, interior) = ListingLines.split(bytes)
            let table = tables[Int(chunk.place.table)]
            let position = Int(chunk.place.position)
            if case .unbroken = ends { table.unbroken.set(position) }
            if table.interior.set(position) {
                note(id, ListingLines.read(interior, into: buffer))
            }
            pieces.set(number, ends)
        }
    }

    private func note(_ id: ChunkID, _ result: (entries: UInt64, error: FormatError?)) {
        state.note { report in
            report.listingChunks += 1
            report.entries += result.entries
        }
        if let error = result.error { state.noteDamage(id, "\(error)") }
    }
}

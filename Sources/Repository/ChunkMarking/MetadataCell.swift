import ChunkStorage
import RepositoryFormat
import SnapshotModel

/// A chunk of metadata that is to be read, with where it lies.
struct WantedChunk {
    enum Purpose {
        /// A listing of its own.
        case listing
        /// A list of chunks, or of lists.
        case list(level: UInt8)
        /// One of several chunks of a listing, by its number in the wave.
        case piece(Int)
    }

    let place: EntryPlace
    let record: ChunkRecord
    let purpose: Purpose
}

/// A part of a pack that is read with one request, with the chunks that are wanted of it.
struct MetadataCell {
    let table: UInt32
    let pack: PackID
    let offset: UInt64
    let length: Int
    /// All blocks that lie in the part, by their number in the table.
    let blocks: [UInt32: BlockRecord]
    /// What is wanted, by the block's number in the table.
    var wanted: [UInt32: [WantedChunk]]
}

/// Sorts wanted chunks by where they lie.
struct CellPlanner {
    let tables: [MarkedTable]
    let windowInBytes: Int

    /// - Returns: in no particular order; each chunk is in one cell.
    func cells(for chunks: [WantedChunk]) -> [MetadataCell] {
        var packs: [PackPlace: [UInt32: [WantedChunk]]] = [:]
        for chunk in chunks {
            let table = tables[Int(chunk.place.table)].open.table
            let pack = table.packNumber(ofBlock: Int(chunk.record.block))
            let place = PackPlace(table: chunk.place.table, number: pack)
            packs[place, default: [:]][chunk.record.block, default: []].append(chunk)
        }
        return packs.flatMap { cells(of: $0.key, $0.value) }
    }

    private struct PackPlace: Hashable {
        let table: UInt32
        let number: Int
    }

    private func cells(
        of place: PackPlace, _ wanted: [UInt32: [WantedChunk]]
    ) -> [MetadataCell] {
        let table = tables[Int(place.table)].open.table
        let numbered = table.blockRange(ofPack: place.number)
            .map { (number: UInt32($0), record: table.block($0)) }
            .sorted { $0.record.offset < $1.record.offset }
        var rest = wanted
        var cells: [MetadataCell] = []
        func add(_ range: Range<UInt64>) {
            let inside = numbered.filter {
                UInt64($0.record.offset) >= range.lowerBound && $0.record.end <= range.upperBound
            }
            let found = inside.compactMap { block in
                rest.removeValue(forKey: block.number).map { (block.number, $0) }
            }
            if found.isEmpty { return }
            cells.append(
                MetadataCell(
                    table: place.table, pack: table.packID(place.number),
                    offset: range.lowerBound, length: Int(range.upperBound - range.lowerBound),
                    blocks: Dictionary(inside.map { ($0.number, $0.record) }) { first, _ in first },
                    wanted: Dictionary(found) { first, _ in first }))
        }
        let records = numbered.map(\.record)
        for range in BlockRange.metadata(records, windowInBytes: windowInBytes) {
            add(range.offset..<range.end)
        }
        // A file may have the bytes of a listing; then that lies among the data.
        for block in numbered where rest[block.number] != nil {
            add(UInt64(block.record.offset)..<block.record.end)
        }
        return cells
    }
}

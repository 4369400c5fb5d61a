package import ChunkMarking
import ChunkStorage
package import RepositoryFormat
package import SnapshotModel

/// Counts how much of each pack is needed.
package struct UsageCounter {
    private struct BlockUsage {
        var live: UInt64 = 0
        var duplicate: UInt64 = 0
    }

    private struct ListedPack {
        let record: PackRecord
        /// The position of its first block in `blocks`.
        let firstBlock: Int
    }

    private let marks: ChunkMarks
    private var merge: TableMerge
    private var packs: [ListedPack?]
    private var blocks: [BlockUsage] = []

    private init(_ marks: ChunkMarks) {
        self.marks = marks
        merge = TableMerge(marks)
        packs = Array(repeating: nil, count: merge.packs.count)
        for (number, id) in merge.packs.enumerated() {
            guard let record = Self.record(of: id, marks.tables) else { continue }
            packs[number] = ListedPack(record: record, firstBlock: blocks.count)
            blocks += Array(repeating: BlockUsage(), count: record.blocks.count)
        }
    }

    /// Counts how much of each pack is needed: passes through all tables once.
    ///
    /// Of a chunk with several copies the one in the largest pack counts, for small packs are
    /// gathered in large ones; of equal ones that in the pack with the smallest name. So everybody
    /// who looks chooses alike.
    /// - Parameter isUsable: whether a pack is there and not condemned: others have no copy that
    ///   counts.
    /// - Returns: the usable packs that a table lists, ascending by name.
    /// - Throws: `.malformed` when a table has an entry that breaks a rule.
    package static func count(
        _ marks: ChunkMarks, isUsable: (PackID) -> Bool
    ) throws(FormatError) -> [PackUsage] {
        var counter = UsageCounter(marks)
        let isUsable = counter.merge.packs.map(isUsable)
        try counter.count(isUsable)
        return isUsable.indices.compactMap { number in
            isUsable[number] ? counter.packs[number].map { counter.usage(of: $0) } : nil
        }
    }

    private mutating func count(_ isUsable: [Bool]) throws(FormatError) {
        let tables = marks.tables
        while try merge.advance() {
            guard merge.isNeeded else { continue }
            let chosen = chosenPack(isUsable)
            for copy in merge.copies where isUsable[copy.pack] {
                guard let pack = packs[copy.pack] else { continue }
                let table = tables[Int(copy.place.table)].open.table
                let first = table.blockRange(
                    ofPack: table.packNumber(ofBlock: Int(copy.record.block))
                ).lowerBound
                let block = pack.firstBlock + Int(copy.record.block) - first
                // All tables list the same blocks of a pack, but for hostile ones.
                guard block < pack.firstBlock + pack.record.blocks.count else { continue }
                let length = UInt64(copy.record.length)
                if copy.pack == chosen {
                    blocks[block].live += length
                } else {
                    blocks[block].duplicate += length
                }
            }
        }
    }

    /// The pack whose copy of the current chunk counts.
    private func chosenPack(_ isUsable: [Bool]) -> Int? {
        var chosen: (pack: Int, sizeInBytes: UInt64)?
        // By ascending names, so of equal packs the first one stays.
        for copy in merge.copies where isUsable[copy.pack] {
            guard let size = packs[copy.pack]?.record.sizeInBytes else { continue }
            if size > chosen?.sizeInBytes ?? 0 { chosen = (copy.pack, size) }
        }
        return chosen?.pack
    }

    private func usage(of pack: ListedPack) -> PackUsage {
        var usage = PackUsage(id: pack.record.id, sizeInBytes: pack.record.sizeInBytes)
        for (number, record) in pack.record.blocks.enumerated() {
            let block = blocks[pack.firstBlock + number]
            let stored = UInt64(record.storedLength)
            let plain = UInt64(record.plainLength)
            // Rounded up: a pack with anything alive in it must not seem to have nothing.
            func share(_ bytes: UInt64) -> UInt64 {
                min(stored, (bytes * stored + plain - 1) / max(1, plain))
            }
            let live = share(block.live)
            let duplicate = min(stored - live, share(block.duplicate))
            if record.kind == .metadata {
                usage.liveMetadataInBytes += live
            } else {
                usage.liveDataInBytes += live
            }
            usage.duplicateInBytes += duplicate
            usage.deadInBytes += stored - live - duplicate
        }
        return usage
    }

    private static func record(of pack: PackID, _ tables: [MarkedTable]) -> PackRecord? {
        for table in tables {
            if let number = table.open.table.packNumber(of: pack) {
                return table.open.table.pack(number)
            }
        }
        return nil
    }
}

package import ChunkMarking
import ChunkStorage
package import RepositoryFormat
package import SnapshotModel

/// What becomes of a pack.
package enum PackStanding: Hashable, Sendable {
    /// It stays, so what it has need not be copied.
    case stays
    /// It is there, and it will go: a victim, or condemned.
    case goes
    /// It is not there.
    case isGone
}

/// Which needed chunks have to be copied before packs go, and which cannot be had any more: two
/// bits for each entry of the tables.
package final class CopySelection: Sendable {
    /// How many chunks have to be copied.
    package let count: Int
    /// Their plain bytes.
    package let plainInBytes: UInt64
    /// How many needed chunks are listed, but in no pack that is there.
    package let lostCount: Int
    /// The first of them, ascending by name.
    package let lostExamples: [ChunkID]

    let standing: @Sendable (PackID) -> PackStanding
    private let marks: ChunkMarks
    private let chosen: [ChunkBits]
    private let lost: [ChunkBits]

    private static let mostExamples = 100

    /// Passes through all tables once.
    /// - Parameter standing: what becomes of a pack that a table lists.
    /// - Throws: `.malformed` when a table has an entry that breaks a rule.
    package init(
        _ marks: ChunkMarks, standing: @escaping @Sendable (PackID) -> PackStanding
    ) throws(FormatError) {
        var merge = TableMerge(marks)
        let standings = merge.packs.map(standing)
        let tables = marks.tables
        let chosen = tables.map { ChunkBits(count: $0.open.table.chunkCount) }
        let lost = tables.map { ChunkBits(count: $0.open.table.chunkCount) }
        var (count, plain, lostCount) = (0, UInt64(0), 0)
        var examples: [ChunkID] = []
        while try merge.advance() {
            guard merge.isNeeded, !merge.copies.contains(where: { standings[$0.pack] == .stays })
            else { continue }
            let (anchor, table) = (merge.anchor, Int(merge.anchor.table))
            if let copy = merge.copies.first(where: { standings[$0.pack] == .goes }) {
                count += 1
                plain += UInt64(copy.record.length)
                chosen[table].set(Int(anchor.position))
            } else {
                lostCount += 1
                lost[table].set(Int(anchor.position))
                if examples.count < Self.mostExamples {
                    examples.append(tables[table].open.table.chunkID(Int(anchor.position)))
                }
            }
        }
        self.marks = marks
        self.standing = standing
        self.chosen = chosen
        self.lost = lost
        self.count = count
        plainInBytes = plain
        self.lostCount = lostCount
        lostExamples = examples
    }

    /// Whether a chunk is needed and cannot be had: no table lists it, or no pack of it is there.
    package func isLost(_ id: ChunkID) -> Bool {
        guard let place = marks.place(of: id) else { return true }
        // Tables that came later are none of the selection's.
        return Int(place.table) < lost.count && lost[Int(place.table)][Int(place.position)]
    }

    func isChosen(_ place: EntryPlace) -> Bool {
        Int(place.table) < chosen.count && chosen[Int(place.table)][Int(place.position)]
    }

    /// Bits for the same entries, all clear.
    func makeBits() -> [ChunkBits] {
        chosen.indices.map { ChunkBits(count: marks.tables[$0].open.table.chunkCount) }
    }

    /// Where a chosen chunk is copied from: of the packs that go, the one with the smallest name.
    /// - Returns: `nil` when no such pack has it.
    func source(of id: ChunkID) -> ChunkLocation? {
        marks.tables.flatMap { (try? $0.open.table.locations(of: id)) ?? [] }
            .filter { standing($0.pack) == .goes }.min { $0.pack < $1.pack }
    }
}

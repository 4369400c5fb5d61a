import ChunkMarking
import ChunkStorage
import RepositoryFormat
import SnapshotModel

/// A copy of a chunk: what one entry of one table claims.
struct ChunkCopy {
    let place: EntryPlace
    /// The position of the copy's pack in `TableMerge.packs`.
    let pack: Int
    let record: ChunkRecord
}

/// Passes through all tables at once, chunk by chunk in the order of their names, so that all
/// copies of a chunk come together. Needs no memory but a name for each table.
struct TableMerge {
    /// After so many entries the memory of the tables is given back.
    private static let entriesPerRelease = 128 * 1024

    /// All packs that a table lists, ascending by name.
    let packs: [PackID]
    /// For each table the positions of its packs in `packs`.
    private let numbers: [[Int32]]
    private let marks: ChunkMarks
    private let tables: [MarkedTable]
    private let views: [IndexTable]
    private var positions: [Int]
    /// The next chunk of each table.
    private var heads: [ChunkID]
    /// The tables that go on, as a heap: no head is greater than those of the tables at 2n + 1 and
    /// 2n + 2, n being its place.
    private var heap: [Int]
    private var entries = 0

    /// The copies of the current chunk, by pack: each pack once.
    private(set) var copies: [ChunkCopy] = []
    /// Whether the current chunk is marked.
    private(set) var isNeeded = false
    /// The entry that the bits of the current chunk belong to.
    private(set) var anchor = EntryPlace(table: 0, position: 0)

    init(_ marks: ChunkMarks) {
        self.marks = marks
        tables = marks.tables
        let ids = tables.map { marked in
            (0..<marked.open.table.packCount).map { marked.open.table.packID($0) }
        }
        let packs = Set(ids.joined()).sorted()
        let order = Dictionary(uniqueKeysWithValues: packs.enumerated().map { ($1, Int32($0)) })
        // Each name comes from one of the tables that the order was made of.
        numbers = ids.map { $0.map { order[$0]! } }
        self.packs = packs
        positions = Array(repeating: 0, count: tables.count)
        views = tables.map(\.open.table)
        heads = views.map { $0.chunkCount > 0 ? $0.chunkID(0) : ChunkID(.zero) }
        let heads = heads
        // What is sorted is a heap.
        heap = views.indices.filter { [views] in views[$0].chunkCount > 0 }
            .sorted { heads[$0] < heads[$1] }
    }

    /// Goes on to the next chunk.
    /// - Returns: `false` behind the last one.
    /// - Throws: `.malformed` when a table has an entry that breaks a rule, or is out of order.
    mutating func advance() throws(FormatError) -> Bool {
        guard let first = heap.first else { return false }
        let id = heads[first]
        copies.removeAll(keepingCapacity: true)
        isNeeded = false
        while let number = heap.first, heads[number] == id { try take(id, from: number) }
        anchor = copies[0].place
        if copies.count > 1 { joinCopies() }
        if entries >= Self.entriesPerRelease {
            entries = 0
            marks.releasePages()
        }
        return true
    }

    /// Keeps one copy for each pack, in the order of the packs.
    private mutating func joinCopies() {
        // The first one of equal packs counts, as it does for whoever looks a chunk up.
        copies.sort { ($0.pack, $0.place) < ($1.pack, $1.place) }
        anchor = copies.map(\.place).min() ?? anchor
        var kept = 0
        for copy in copies where kept == 0 || copies[kept - 1].pack != copy.pack {
            copies[kept] = copy
            kept += 1
        }
        copies.removeSubrange(kept...)
    }

    /// Takes all copies of a chunk from the table at the top of the heap.
    private mutating func take(_ id: ChunkID, from number: Int) throws(FormatError) {
        let table = views[number]
        while true {
            let position = positions[number]
            let record = try table.chunk(position)
            if tables[number].live[position] { isNeeded = true }
            copies.append(
                ChunkCopy(
                    place: EntryPlace(table: UInt32(number), position: UInt32(position)),
                    pack: Int(numbers[number][table.packNumber(ofBlock: Int(record.block))]),
                    record: record))
            positions[number] += 1
            entries += 1
            guard position + 1 < table.chunkCount else {
                heap[0] = heap[heap.count - 1]
                heap.removeLast()
                break
            }
            heads[number] = table.chunkID(position + 1)
            if heads[number] == id { continue }
            guard id < heads[number] else {
                throw FormatError(.malformed, in: "index table", at: position, "order")
            }
            break
        }
        sink()
    }

    /// Moves the table at the top of the heap to where its head belongs.
    private mutating func sink() {
        var place = 0
        while true {
            var smallest = place
            for child in 2 * place + 1...2 * place + 2
            where child < heap.count && heads[heap[child]] < heads[heap[smallest]] {
                smallest = child
            }
            if smallest == place { return }
            heap.swapAt(place, smallest)
            place = smallest
        }
    }
}

// What a marker knows: for each entry of each mapped table a few bits. So memory is a fraction of
// the index, however many snapshots there are. A chunk with several copies has its bits at one of
// its entries, the first one of the first table that lists it, which stays the same as long as
// tables are only added. Which of the copies is kept is decided later (UsageCounter).

package import ChunkStorage
import RepositoryFormat
package import SnapshotModel
import Synchronization
import WorkerThreads

/// The entry of a chunk that its bits belong to.
package struct EntryPlace: Hashable, Comparable, Sendable {
    /// The number of the table, in the order of `ChunkMarks.tables`.
    package let table: UInt32
    /// The number of the entry within the table.
    package let position: UInt32

    /// An entry.
    package init(table: UInt32, position: UInt32) {
        self.table = table
        self.position = position
    }

    /// Table by table, and within a table in the order of its entries.
    package static func < (left: Self, right: Self) -> Bool {
        left.table != right.table ? left.table < right.table : left.position < right.position
    }
}

/// An index table with the bits of its entries.
package struct MarkedTable: Sendable {
    /// The table.
    package let open: OpenTable
    /// The chunk is needed.
    package let live: ChunkBits
    /// The chunk was taken up as a listing of its own.
    let listing: ChunkBits
    /// The lines that lie within the chunk were read, for the sake of a listing of several chunks.
    let interior: ChunkBits
    /// The chunk has no end of a line; known where `interior` is set.
    let unbroken: ChunkBits
    /// The chunk was taken up as a list of the chunks of a file.
    let list: ChunkBits

    init(_ open: OpenTable) {
        self.open = open
        let count = open.table.chunkCount
        live = ChunkBits(count: count)
        listing = ChunkBits(count: count)
        interior = ChunkBits(count: count)
        unbroken = ChunkBits(count: count)
        list = ChunkBits(count: count)
    }
}

/// Which chunks are needed, as far as manifests were walked. Safe to use from any thread.
package final class ChunkMarks: Sendable {
    /// About so much of the tables may count as memory of this process before it is given back.
    private static let mappedInBytes = 24 * 1024 * 1024
    /// What the system maps when one byte is touched: 64 KiB and more, as it keeps the file.
    private static let mappedAtOnceInBytes = 256 * 1024
    /// One in so many lookups passes the filter of a table and finds nothing there.
    private static let lookupsPerVainOne = 64

    /// A pass through a table gives back what is behind it after about so many entries, 5.5 MiB.
    private static let entriesPerRelease = 128 * 1024
    /// From so many names on a good part of a table is touched.
    private static let batch = 128

    private let state: Mutex<[MarkedTable]>
    private let mapped = Atomic(0)
    /// How many threads look up batches.
    private let passing = Monitor(0)

    /// Nothing is marked.
    /// - Parameter tables: all that count, in any order; the same ones give the same marks.
    package init(_ tables: [OpenTable]) { state = Mutex(tables.map(MarkedTable.init)) }

    /// Takes further tables in; nobody may be marking meanwhile. The earlier ones stay: what they
    /// list remains known, also when others have replaced them in the store.
    package func add(_ tables: [OpenTable]) {
        state.withLock { state in
            let known = Set(state.compactMap(\.open.id))
            for table in tables {
                let isKnown =
                    table.id.map(known.contains) ?? state.contains { $0.open === table }
                if !isKnown { state.append(MarkedTable(table)) }
            }
        }
    }

    /// Whether a chunk is needed; `false` also for one that no table lists.
    package func isNeeded(_ id: ChunkID) -> Bool {
        place(of: id).map { self[$0].live[Int($0.position)] } ?? false
    }

    /// Whether a table lists a chunk.
    package func isListed(_ id: ChunkID) -> Bool { place(of: id) != nil }

    /// How many different chunks are needed and listed.
    package var neededCount: Int { tables.reduce(0) { $0 + $1.live.count } }

    /// Asks about each chunk that is needed and listed; passes through all tables once.
    /// - Returns: for how many of them the answer was yes.
    package func countNeeded(where isCounted: (ChunkID) -> Bool) -> UInt64 {
        var count: UInt64 = 0
        for marked in tables {
            for position in 0..<marked.open.table.chunkCount where marked.live[position] {
                if isCounted(marked.open.table.chunkID(position)) { count += 1 }
            }
            marked.open.releasePages()
        }
        return count
    }

    /// The tables, in the order in which they were added.
    package var tables: [MarkedTable] { state.withLock { $0 } }

    /// The table of an entry.
    package subscript(place: EntryPlace) -> MarkedTable { state.withLock { $0[Int(place.table)] } }

    /// The entry that the bits of a chunk belong to; `nil` when no table lists the chunk.
    package func place(of id: ChunkID) -> EntryPlace? {
        for (number, table) in tables.enumerated() {
            if let position = table.open.table.firstPosition(of: id) {
                return EntryPlace(table: UInt32(number), position: UInt32(position))
            }
        }
        return nil
    }

    /// Finds the entries of many chunks, table by table: in the order of their names, so that each
    /// part of a table is touched once.
    /// - Parameters:
    ///   - ids: ascending; may repeat some.
    ///   - body: gets the position within `ids` and the entry.
    /// - Returns: the positions of those that no table lists, ascending.
    package func forEachPlace(
        of ids: [ChunkID], _ body: (_ number: Int, EntryPlace) -> Void
    ) -> [Int] {
        // More would not be faster, and each has a whole table in memory.
        let isBatch = ids.count >= Self.batch
        if isBatch {
            passing.wait { passing -> Void? in
                guard passing < processorCount() else { return nil }
                passing += 1
                return ()
            }
        }
        defer { if isBatch { passing.update { $0 -= 1 } } }
        var rest = Array(ids.indices)
        for (number, marked) in tables.enumerated() where !rest.isEmpty {
            let table = marked.open.table
            // Names are spread evenly, so counting them tells how far a pass has come, also where
            // none is found: what lies before is not touched again.
            let passes = max(1, table.chunkCount / Self.entriesPerRelease)
            let namesPerRelease = rest.count / passes + 1
            var names = 0
            let found = filter(&rest) { element in
                names += 1
                if names.isMultiple(of: namesPerRelease) { marked.open.releasePages() }
                guard let position = table.firstPosition(of: ids[element]) else { return true }
                body(
                    element, EntryPlace(table: UInt32(number), position: UInt32(position)))
                return false
            }
            noteTouched(marked.open, times: found + rest.count / Self.lookupsPerVainOne)
        }
        return rest
    }

    /// Keeps the elements for which `isKept` holds, in place.
    /// - Returns: how many went.
    private func filter(_ elements: inout [Int], _ isKept: (Int) -> Bool) -> Int {
        var kept = 0
        for index in elements.indices where isKept(elements[index]) {
            elements[kept] = elements[index]
            kept += 1
        }
        defer { elements.removeSubrange(kept...) }
        return elements.count - kept
    }

    private func noteTouched(_ table: OpenTable, times: Int) {
        let bytes = min(times * Self.mappedAtOnceInBytes, table.sizeInBytes)
        // What was passed through as a whole is not needed again soon.
        if bytes >= Self.mappedInBytes / 8 { return table.releasePages() }
        if mapped.add(bytes, ordering: .relaxed).newValue > Self.mappedInBytes { releasePages() }
    }

    /// Gives the memory of the tables back until they are touched again.
    package func releasePages() {
        mapped.store(0, ordering: .relaxed)
        for table in tables { table.open.releasePages() }
    }
}

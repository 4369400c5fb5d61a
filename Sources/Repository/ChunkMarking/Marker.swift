// Marks what manifests need, by walking their trees breadth first and in parallel: each wave takes
// up to some ten thousand listings, sorts them by where they lie, and reads them part by part
// (Specs/decisions/0026-mark-over-mapped-tables.md). MetadataReader reads one part, LargeListings
// takes care of listings of several chunks, ChunkMarks holds the result.

package import ChunkStorage
package import ObjectStore
package import SnapshotModel
import Synchronization
import WorkerThreads

/// Walks manifests and marks the chunks that they need; for one thread, which others help.
package final class Marker {
    /// So many listings are sorted by where they lie at once.
    private static let waveCount = 64 * 1024
    /// Plain blocks that are kept: those of lists, and what was read again after damage.
    private static let cacheInBytes = 8 * 1024 * 1024

    /// What is marked so far.
    package let marks: ChunkMarks

    private let state: WalkState
    private let store: any ObjectStore
    private var shared: ChunkLoader.Shared
    private let settings: MarkSettings
    private let inFlight = Monitor(0)

    /// A marker of the chunks that the open tables of `index` list.
    /// - Parameter store: where the packs are.
    package init(store: any ObjectStore, index: ChunkIndex, _ settings: MarkSettings) {
        marks = ChunkMarks(index.tables)
        state = WalkState(marks)
        self.store = store
        shared = ChunkLoader.Shared(store: store, index: index, cacheInBytes: Self.cacheInBytes)
        self.settings = settings
    }

    /// Takes the tables of another index in, besides those before. What could not be found or read
    /// so far is tried again by the next `mark`.
    ///
    /// To be called whenever the tables were looked at again: a manifest that is younger than the
    /// tables needs chunks which only further ones list.
    /// - Returns: `false` when so much was missing that marking has to begin anew, with another
    ///   marker.
    package func extend(to index: ChunkIndex) -> Bool {
        guard let unresolved = state.takeUnresolved() else { return false }
        marks.add(index.tables)
        shared = ChunkLoader.Shared(store: store, index: index, cacheInBytes: Self.cacheInBytes)
        let buffer = ReferenceBuffer(state)
        for reference in unresolved.missing { buffer.add(reference) }
        buffer.flush()
        state.add(buffer.takeWalks())
        // These were taken up before, so they are not taken up by being added.
        for reference in unresolved.unreadable.keys {
            guard let level = reference.level, let place = marks.place(of: reference.id) else {
                continue
            }
            state.add([PendingWalk(place: place, level: level)])
        }
        state.putBack(unresolved.listings)
        return true
    }

    /// Marks all that some manifests need, and adds to what was marked before: subtrees that were
    /// walked once are not walked again.
    ///
    /// Tables that came since are taken in by `extend` before. After an error the marks are
    /// incomplete, and nothing may rely on them any more.
    /// - Returns: what all calls together have done and found.
    /// - Throws: `StoreError`, `Interrupted`.
    package func mark(_ manifests: [Manifest]) throws -> MarkReport {
        let buffer = ReferenceBuffer(state)
        for manifest in manifests {
            buffer.add(directory: manifest.root.content)
            buffer.add(manifest.root.extendedAttributes)
        }
        buffer.flush()
        state.add(buffer.takeWalks())
        while true {
            try settings.cancellation.check()
            let walks = state.takeWalks(atMost: Self.waveCount)
            if !walks.isEmpty {
                let tables = marks.tables
                let wanted = walks.compactMap { state.wanted($0, in: tables) }
                try read(wanted, PieceBoard(count: 0))
            } else if state.hasListings {
                try LargeListings(state: state, shared: shared, settings: settings, read: read)
                    .walk()
            } else {
                return state.currentReport
            }
        }
    }

    /// Reads chunks on several threads.
    private func read(_ wanted: [WantedChunk], _ pieces: PieceBoard) throws {
        let planner = CellPlanner(tables: marks.tables, windowInBytes: settings.windowInBytes)
        let cells = planner.cells(for: wanted)
        let next = Atomic(0)
        let (state, shared, settings, inFlight) = (state, shared, settings, inFlight)
        try withThreads { threads in
            for _ in 0..<min(settings.threadCount, cells.count) {
                threads.spawn {
                    let reader = try MetadataReader(state, shared, pieces)
                    while !threads.hasFailed {
                        let number = next.add(1, ordering: .relaxed).oldValue
                        if number >= cells.count { break }
                        try settings.cancellation.check()
                        let cell = cells[number]
                        inFlight.wait { bytes -> Void? in
                            guard bytes == 0 || bytes + cell.length <= settings.bytesInFlight
                            else { return nil }
                            bytes += cell.length
                            return ()
                        }
                        defer { inFlight.update { $0 -= cell.length } }
                        try reader.read(cell)
                    }
                    reader.finish()
                }
            }
        }
    }
}

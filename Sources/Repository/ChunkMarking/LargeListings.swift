// Listings of several chunks. Their chunks are read in the order in which they lie in packs, each
// for itself: the lines within a chunk are read once, whatever the listings that have it. Lines
// that run from one chunk into the next are put together afterwards. Which stretches of chunks had
// that done is remembered, so a folder of a million entries that changes with every snapshot costs
// the chunks that changed and their neighbours.

import ChunkStorage
import RepositoryFormat
import SnapshotModel
import WorkerThreads

/// Walks through listings of several chunks, on the calling thread.
struct LargeListings {
    /// A listing, or a part of one between chunks that cannot be found.
    struct Listing {
        let content: Content
        let ids: [ChunkID]
        let places: [EntryPlace]
        /// Whether nothing is missing before it.
        let isStart: Bool
        /// Whether nothing is missing behind it.
        let isEnd: Bool
    }

    /// A part of a listing that is read.
    private struct Run {
        let listing: Int
        let stretch: ListingStretch
    }

    private struct Piece {
        let run: Int
        let number: Int
    }

    /// So many chunks are read before lines are put together: their ends take some megabytes.
    private static let piecesAtOnce = 4096
    /// So many names of chunks, of several listings, are in memory before they are read.
    private static let namesAtOnce = 16 * 1024
    /// About the number of chunks that a list names.
    private static let namesPerList = 64
    /// Listings with more chunks than that are not read side by side with others that share them.
    private static let smallListing = 64

    let state: WalkState
    let shared: ChunkLoader.Shared
    let settings: MarkSettings
    /// Reads chunks on several threads, and puts the ends of pieces down.
    let read: ([WantedChunk], PieceBoard) throws -> Void

    /// Walks through some of the listings that wait.
    func walk() throws {
        var waiting = state.takeListings()
        var names = 0
        var taken: [Content] = []
        while let next = waiting.popLast() {
            taken.append(next)
            names += next.chunks.count * (next.levels == 0 ? 1 : Self.namesPerList)
            if names >= Self.namesAtOnce { break }
        }
        state.putBack(waiting)
        let expander = ListingExpander(state, shared)
        let direct = taken.filter { $0.levels == 0 }.map {
            ListingExpander.Names(content: $0, ids: $0.chunks)
        }
        let listed = try mapInParallel(
            taken.filter { $0.levels > 0 }, threadCount: settings.threadCount
        ) { try expander.names(of: $0) }
        try walk(expander.expand(direct + listed))
    }

    private func walk(_ listings: [Listing]) throws {
        var rest = listings[...]
        while !rest.isEmpty {
            try settings.cancellation.check()
            var taken: [Listing] = []
            var runs: [Run] = []
            var coming: Set<EntryPlace> = []
            while let next = rest.first, coming.count < Self.piecesAtOnce {
                let stretches = unreadStretches(of: next)
                let places = Set(stretches.flatMap { next.places[$0.range] })
                // What is read for another listing now need not be read for this one afterwards.
                if places.count > Self.smallListing, !coming.isDisjoint(with: places) { break }
                coming.formUnion(places)
                runs += stretches.map { Run(listing: taken.count, stretch: $0) }
                taken.append(next)
                rest.removeFirst()
            }
            try read(runs, of: taken)
        }
    }

    private func unreadStretches(of listing: Listing) -> [ListingStretch] {
        let all = ListingStretch(
            range: 0...listing.ids.count - 1, isStart: listing.isStart, isEnd: listing.isEnd)
        return ListingStretch.join(
            all.cut { isBroken(listing.places[$0]) }
                .filter { !state.links.contains($0.name(listing.ids)) })
    }

    /// Whether a line is known to end in a chunk.
    private func isBroken(_ place: EntryPlace) -> Bool {
        let table = state.marks[place]
        return table.interior[Int(place.position)] && !table.unbroken[Int(place.position)]
    }

    private func read(_ runs: [Run], of listings: [Listing]) throws {
        let pieces = runs.enumerated().flatMap { number, run in
            run.stretch.range.map { Piece(run: number, number: $0) }
        }
        var joiner = LineJoiner(state)
        var failed: Set<Int> = []
        for start in stride(from: 0, to: pieces.count, by: Self.piecesAtOnce) {
            let window = pieces[start..<min(pieces.count, start + Self.piecesAtOnce)]
            let board = PieceBoard(count: window.count)
            try read(wanted(window, runs, listings), board)
            for (piece, ends) in zip(window, board.all) {
                let run = runs[piece.run]
                let isJoined = joiner.add(
                    ends, piece.number, of: run.stretch,
                    id: listings[run.listing].ids[piece.number])
                if isJoined { continue }
                failed.insert(piece.run)
                if ends == nil { state.noteUnresolved(listings[run.listing].content) }
            }
        }
        joiner.finish()
        for (number, run) in runs.enumerated() where !failed.contains(number) {
            let listing = listings[run.listing]
            for part in run.stretch.cut(where: { isBroken(listing.places[$0]) }) {
                state.links.insert(part.name(listing.ids))
            }
        }
    }

    private func wanted(
        _ window: ArraySlice<Piece>, _ runs: [Run], _ listings: [Listing]
    ) -> [WantedChunk] {
        let tables = state.marks.tables
        return window.enumerated().compactMap { number, piece in
            let place = listings[runs[piece.run].listing].places[piece.number]
            return state.wanted(place, .piece(number), in: tables)
        }
    }
}

/// Puts lines together that run from one chunk into the next.
struct LineJoiner {
    private let state: WalkState
    private let buffer: ReferenceBuffer
    /// The beginning of the current line; `nil` after a chunk that could not be read.
    private var line: [UInt8]? = []

    init(_ state: WalkState) {
        self.state = state
        buffer = ReferenceBuffer(state)
    }

    /// Adds the ends of the next chunk of a stretch.
    /// - Parameter ends: `nil` when the chunk could not be read.
    /// - Returns: whether all lines up to here could be read.
    mutating func add(
        _ ends: PieceEnds?, _ number: Int, of stretch: ListingStretch, id: ChunkID
    ) -> Bool {
        let isFirst = number == stretch.range.lowerBound
        if isFirst { line = stretch.isStart ? [] : nil }
        guard let ends else {
            line = nil
            return false
        }
        var isGood = true
        switch ends {
        case .unbroken(let bytes):
            line?.append(contentsOf: bytes)
            if let length = line?.count, length > FormatLimits.listingLineInBytes {
                line = nil
                state.noteDamage(id, "a line of its listing is too long")
                isGood = false
            }
        case .broken(let head, let tail):
            if !isFirst || stretch.isStart { isGood = read(head, id) }
            line = tail
        }
        if number == stretch.range.upperBound, stretch.isEnd, line?.isEmpty == false {
            state.noteDamage(id, "\(ListingLines.endless(at: 0))")
            isGood = false
        }
        return isGood
    }

    /// Marks what the lines refer to.
    func finish() {
        state.add(buffer.takeWalks())
        buffer.flush()
    }

    /// Reads the current line, which ends with `head`.
    private func read(_ head: [UInt8], _ id: ChunkID) -> Bool {
        guard let line else { return false }
        do throws(FormatError) {
            try withBytes(line + head) { bytes throws(FormatError) in
                try ListingLines.readLine(bytes, into: buffer)
            }
            state.note { $0.entries += 1 }
            return true
        } catch {
            state.noteDamage(id, "\(error)")
            return false
        }
    }
}

/// `withUnsafeBytes` that passes a typed error on.
private func withBytes<Failure: Error>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
) throws(Failure) {
    let result = bytes.withUnsafeBytes { bytes in
        Result { () throws(Failure) -> Void in try body(bytes) }
    }
    try result.get()
}

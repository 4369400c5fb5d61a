import ChunkStorage
import RepositoryFormat
import SnapshotModel

/// Finds out which chunks listings of several chunks have, and marks them.
struct ListingExpander: Sendable {
    private let state: WalkState
    private let shared: ChunkLoader.Shared

    init(_ state: WalkState, _ shared: ChunkLoader.Shared) {
        self.state = state
        self.shared = shared
    }

    /// A listing with the names of its chunks; `nil` stands for a list that cannot be read.
    struct Names: Sendable {
        let content: Content
        let ids: [ChunkID?]
    }

    /// Replaces lists by what they name.
    func names(of content: Content) throws -> Names {
        var ids = content.chunks.map(Optional.some)
        for _ in 0..<content.levels {
            _ = mark(ids)
            let loader = try ChunkLoader(shared)
            ids = try ids.flatMap { id -> [ChunkID?] in
                try id.map { try load(list: $0, loader) } ?? [nil]
            }
        }
        return Names(content: content, ids: ids)
    }

    /// Marks the chunks of several listings, looking them up together.
    /// - Returns: each listing in as many parts as chunks that cannot be found make.
    func expand(_ listings: [Names]) -> [LargeListings.Listing] {
        let places = mark(listings.flatMap(\.ids))
        var start = 0
        return listings.flatMap { listing -> [LargeListings.Listing] in
            defer { start += listing.ids.count }
            return parts(of: listing, Array(places[start..<start + listing.ids.count]))
        }
    }

    private func parts(of listing: Names, _ places: [EntryPlace?]) -> [LargeListings.Listing] {
        if places.contains(nil) {
            state.noteUnresolved(listing.content)
        } else {
            checkSize(listing.content, places)
        }
        return places.indices.split { places[$0] == nil }.map { part in
            LargeListings.Listing(
                content: listing.content, ids: part.compactMap { listing.ids[$0] },
                places: part.compactMap { places[$0] }, isStart: part.startIndex == 0,
                isEnd: part.endIndex == places.count)
        }
    }

    private func load(list id: ChunkID, _ loader: ChunkLoader) throws -> [ChunkID?] {
        guard state.marks.isListed(id) else { return [nil] }
        do {
            state.note { $0.lists += 1 }
            return try loader.load(id) { try ContentList.decode($0) }
        } catch let error as RepositoryError where error.code == .damaged {
            // Not as a list of a file: the listing as a whole is tried again.
            state.noteUnreadable(
                Unresolved.Reference(id: id, level: nil, sizeInBytes: 0), error.cause)
        } catch let error as FormatError {
            state.noteDamage(id, "\(error)")
        }
        return [nil]
    }

    private func mark(_ ids: [ChunkID?]) -> [EntryPlace?] {
        let order = ids.indices
            .compactMap { number in ids[number].map { (id: $0, number: number) } }
            .sorted { $0.id < $1.id }
        let tables = state.marks.tables
        var places = [EntryPlace?](repeating: nil, count: ids.count)
        let missing = state.marks.forEachPlace(of: order.map(\.id)) { number, place in
            tables[Int(place.table)].live.set(Int(place.position))
            places[order[number].number] = place
        }
        state.noteMissing(
            missing.map {
                Unresolved.Reference(id: order[$0].id, level: nil, sizeInBytes: 0)
            })
        return places
    }

    private func checkSize(_ content: Content, _ places: [EntryPlace?]) {
        let tables = state.marks.tables
        let size = places.lazy.compactMap { $0 }.reduce(UInt64(0)) { sum, place in
            let table = tables[Int(place.table)].open.table
            return sum + UInt64((try? table.chunk(Int(place.position)))?.length ?? 0)
        }
        if size != content.sizeInBytes, let first = content.chunks.first {
            state.noteDamage(
                first, "a listing has \(size) bytes, expected \(content.sizeInBytes)")
        }
    }
}

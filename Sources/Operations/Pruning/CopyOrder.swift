import ChunkMarking
import ChunkStorage
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// A chunk that is to be copied.
struct CopiedChunk: Sendable {
    let id: ChunkID
    /// Whether it goes among listings or among the data of files.
    let kind: BlockKind
    let source: ChunkLocation
}

/// Finds the order in which chunks are copied: that of a walk through the listings, newest snapshot
/// first. So what is restored together lies together. On the calling thread.
///
/// Memory: a few thousand names, and some bits for each entry of the tables.
final class CopyOrder {
    /// So many references are looked up at once.
    private static let batch = 8 * 1024

    private let marks: ChunkMarks
    private let selection: CopySelection
    private let reader: TreeReader
    private let add: (CopiedChunk) throws -> Void
    /// Chunks that were handed out.
    private let copied: [ChunkBits]
    /// Listings of one chunk that were walked, by their chunk; others by name.
    private let walked: [ChunkBits]
    private let walkedListings = DigestSet()
    private var waiting: [(id: ChunkID, kind: BlockKind)] = []
    private var copiedCount = 0

    /// - Parameter add: gets each chunk once.
    init(
        _ marks: ChunkMarks, _ selection: CopySelection, _ reader: TreeReader,
        _ add: @escaping (CopiedChunk) throws -> Void
    ) {
        self.marks = marks
        self.selection = selection
        self.reader = reader
        self.add = add
        copied = selection.makeBits()
        walked = selection.makeBits()
    }

    private var isComplete: Bool { copiedCount == selection.count }

    /// Hands out every chunk of the selection, those of the manifests first, in the given order.
    func walk(_ manifests: [Manifest]) throws {
        for manifest in manifests {
            try walk(manifest.root.content)
            for attribute in manifest.root.extendedAttributes {
                try attribute.content.map(add(file:))
            }
            try flush()
            if isComplete { return }
        }
        try addRest()
    }

    private func walk(_ listing: Content) throws {
        guard !isComplete, isNew(listing) else { return }
        try add(ids: listing.chunks, level: listing.levels, leaf: .metadata)
        do {
            try reader.forEachEntry(of: listing, path: []) { entry in
                for attribute in entry.extendedAttributes {
                    try attribute.content.map(add(file:))
                }
                switch entry.kind {
                case .file(let content): try add(file: content)
                case .directory(let inner): try walk(inner)
                case .symlink, .fifo, .socket, .characterDevice, .blockDevice: break
                }
            }
        } catch let error as RepositoryError where error.code == .damaged {
            // What it leads to is copied all the same, with the rest.
            return
        }
    }

    /// - Returns: whether the listing was not walked before.
    private func isNew(_ listing: Content) -> Bool {
        if listing.chunks.isEmpty { return false }
        if listing.levels == 0, listing.chunks.count == 1 {
            guard let place = marks.place(of: listing.chunks[0]),
                Int(place.table) < walked.count
            else { return true }
            return walked[Int(place.table)].set(Int(place.position))
        }
        return walkedListings.insert(
            DigestSet.Element([UInt64(listing.levels)], listing.chunks))
    }

    private func add(file content: Content) throws {
        try add(ids: content.chunks, level: content.levels, leaf: .data)
    }

    private func add(ids: [ChunkID], level: Int, leaf: BlockKind) throws {
        for id in ids {
            waiting.append((id, level == 0 ? leaf : .metadata))
            if level == 0 { continue }
            do {
                let list = try reader.loader.load(id) { try ContentList.decode($0) }
                try add(ids: list, level: level - 1, leaf: leaf)
            } catch let error as RepositoryError where error.code == .damaged {
                continue
            } catch is FormatError {
                continue
            }
        }
        if waiting.count >= Self.batch { try flush() }
    }

    private func flush() throws {
        let order = waiting.indices.sorted { waiting[$0].id < waiting[$1].id }
        var isChosen = Array(repeating: false, count: waiting.count)
        _ = marks.forEachPlace(of: order.map { waiting[$0].id }) { number, place in
            guard selection.isChosen(place) else { return }
            isChosen[order[number]] = copied[Int(place.table)].set(Int(place.position))
        }
        for (number, chunk) in waiting.enumerated() where isChosen[number] {
            try add(chunk.id, chunk.kind)
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private func add(_ id: ChunkID, _ kind: BlockKind) throws {
        copiedCount += 1
        // What was chosen has a source, for the tables are the same.
        guard let source = selection.source(of: id) else { return }
        try add(CopiedChunk(id: id, kind: kind, source: source))
    }

    /// Hands out what no listing has led to: damage may stand between.
    private func addRest() throws {
        for (number, marked) in marks.tables.enumerated() where number < copied.count {
            let table = marked.open.table
            var rest: [(block: UInt32, offset: UInt32, position: Int)] = []
            for position in 0..<table.chunkCount {
                let place = EntryPlace(table: UInt32(number), position: UInt32(position))
                if selection.isChosen(place), copied[number].set(position) {
                    let record = try table.chunk(position)
                    rest.append((record.block, record.offset, position))
                }
            }
            for chunk in rest.sorted(by: { ($0.block, $0.offset) < ($1.block, $1.offset) }) {
                try add(table.chunkID(chunk.position), table.block(Int(chunk.block)).kind)
            }
        }
    }
}

package import RepositoryFormat
package import SnapshotModel

/// What to read, in which order, and where each chunk of it goes.
///
/// Made by `RestorePlanner`. Arrays of numbers instead of objects: a plan may name many thousand
/// chunks.
package struct RestorePlan: Sendable {
    /// Bytes of one pack that are read with one request.
    package struct Range: Hashable, Sendable {
        /// The pack.
        package let pack: PackID
        /// Bytes from the start of the pack.
        package let offset: UInt64
        /// How many bytes.
        package let length: Int
        /// The positions of the wanted blocks in `blocks`; others may lie between them.
        package let blocks: Swift.Range<Int>
    }

    /// A block with chunks that are wanted.
    package struct Block: Hashable, Sendable {
        /// Where it is in its pack.
        package let record: BlockRecord
        /// The positions of the wanted chunks.
        package let chunks: Swift.Range<Int>
    }

    /// A chunk that is wanted.
    package struct Chunk: Hashable, Sendable {
        /// Its name.
        package let id: ChunkID
        /// Bytes from the start of the block's plain bytes.
        package let offset: UInt32
        /// Its plain bytes.
        package let length: UInt32
    }

    /// Where a chunk is wanted.
    package struct Place: Hashable, Sendable {
        /// The number that the file was given.
        package let file: UInt32
        /// Bytes from the start of the file.
        package let offset: UInt64

        /// A place.
        package init(file: UInt32, offset: UInt64) {
            self.file = file
            self.offset = offset
        }
    }

    /// A stretch of a local file that may hold a chunk; ordered by file and offset.
    package struct Copy: Hashable, Comparable, Sendable {
        /// The number that the local file was given.
        package let source: UInt32
        /// Bytes from the start of the local file.
        package let offset: UInt64

        /// A stretch.
        package init(source: UInt32, offset: UInt64) {
            self.source = source
            self.offset = offset
        }

        package static func < (left: Self, right: Self) -> Bool {
            (left.source, left.offset) < (right.source, right.offset)
        }
    }

    /// In the order in which files need them first.
    package let ranges: [Range]
    /// In the order of the ranges, and within a range by offset.
    package let blocks: [Block]
    /// Chunks that local files may have, ascending; none of them is in `blocks`.
    package let copies: [Copy]

    let wanted: WantedChunks
    /// The numbers of the chunks in the order of the blocks, and behind them of the copies.
    let order: [UInt32]

    /// Whether there is nothing to do.
    package var isEmpty: Bool { order.isEmpty }

    /// The position of the chunk that a copy is of.
    package func position(ofCopy number: Int) -> Int { order.count - copies.count + number }

    /// The place of a chunk that is wanted nowhere else.
    /// - Returns: `nil` when there are several.
    package func onlyPlace(ofChunkAt position: Int) -> Place? {
        let place = wanted.places[Int(wanted.firstPlaces[Int(order[position])])]
        guard place.next == WantedChunks.none else { return nil }
        return Place(file: place.file, offset: place.offset)
    }

    /// The chunk at a position from a block's `chunks`, or of a copy.
    package func chunk(at position: Int) -> Chunk { wanted.chunks[Int(order[position])] }

    /// Calls `body` with each place where the chunk at a position is wanted.
    package func forEachPlace(
        ofChunkAt position: Int, _ body: (Place) throws -> Void
    ) rethrows {
        var next = wanted.firstPlaces[Int(order[position])]
        while next != WantedChunks.none {
            let place = wanted.places[Int(next)]
            try body(Place(file: place.file, offset: place.offset))
            next = place.next
        }
    }

    /// Blocks of a range that are handed on together.
    package struct Part: Hashable, Sendable {
        /// In bytes from the start of the range.
        package let bytes: Swift.Range<Int>
        /// The positions of the blocks in `blocks`.
        package let blocks: Swift.Range<Int>
    }

    /// Smaller blocks are handed on together while they lie one behind the other.
    private static let partInBytes = 1024 * 1024

    /// Cuts a range into parts. Bytes that no block needs are in none.
    ///
    /// Damaged tables claim blocks that overlap, which are in one part, or that have no bytes:
    /// these are in the part before, and a range without any bytes is one empty part.
    package func parts(of range: Range) -> [Part] {
        var parts: [Part] = []
        var first = range.blocks.lowerBound
        var start = 0
        var end = 0
        for position in range.blocks {
            let record = blocks[position].record
            let offset = Int(UInt64(record.offset) - range.offset)
            if end > start, record.storedLength > 0,
                offset > end || (offset == end && end - start >= Self.partInBytes)
            {
                parts.append(Part(bytes: start..<end, blocks: first..<position))
                first = position
                start = offset
            }
            end = max(end, Int(record.end - range.offset))
        }
        parts.append(Part(bytes: start..<end, blocks: first..<range.blocks.upperBound))
        return parts
    }

    /// How many bytes are read.
    package var readBytes: UInt64 { ranges.reduce(0) { $0 + UInt64($1.length) } }
}

/// The chunks that are wanted, each once, with the places where they are.
struct WantedChunks: Sendable {
    struct Place: Sendable {
        let offset: UInt64
        let file: UInt32
        let next: UInt32
    }

    /// Ends a list of places.
    static let none = UInt32.max

    var chunks: [RestorePlan.Chunk] = []
    /// For each chunk the first of its places; each place names the next one.
    var firstPlaces: [UInt32] = []
    var places: [Place] = []

    mutating func addPlace(ofChunk chunk: Int, file: UInt32, offset: UInt64) {
        places.append(Place(offset: offset, file: file, next: firstPlaces[chunk]))
        firstPlaces[chunk] = UInt32(places.count - 1)
    }
}

/// Finds the number of a chunk by its ID: an open hash table of numbers, because the IDs lie in an
/// array already and a dictionary would hold them again.
struct ChunkNumbers {
    private var slots = [UInt32](repeating: WantedChunks.none, count: 64)
    private var count = 0

    /// The number of an ID.
    /// - Parameter chunks: what the numbers stand for.
    func number(of id: ChunkID, in chunks: [RestorePlan.Chunk]) -> Int? {
        let number = slots[slot(of: id, in: chunks)]
        return number == WantedChunks.none ? nil : Int(number)
    }

    /// Notes the last of `chunks`, which must be new.
    mutating func addLast(of chunks: [RestorePlan.Chunk]) {
        count += 1
        if 2 * count > slots.count {
            slots = [UInt32](repeating: WantedChunks.none, count: 2 * slots.count)
            for number in chunks.indices.dropLast() { insert(number, of: chunks) }
        }
        insert(chunks.count - 1, of: chunks)
    }

    private mutating func insert(_ number: Int, of chunks: [RestorePlan.Chunk]) {
        slots[slot(of: chunks[number].id, in: chunks)] = UInt32(number)
    }

    /// The slot that has the ID, or where it would go; half of the slots are free, so there is one.
    private func slot(of id: ChunkID, in chunks: [RestorePlan.Chunk]) -> Int {
        // An ID is a hash. Its first bits lead to the order of the index, so others are taken.
        var slot = Int(truncatingIfNeeded: id.digest.word1) & (slots.count - 1)
        while slots[slot] != WantedChunks.none, chunks[Int(slots[slot])].id != id {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}

import ChunkStorage
import RepositoryFormat
import SnapshotModel
import Synchronization
import TarFormat

/// A file on its way into the stream; it may go on over several segments.
final class ExportFile: Sendable {
    /// What the header says.
    let member: TarMember
    /// The path within the snapshot, for messages.
    let path: [UInt8]
    /// Why the rest of it cannot be read, which was found out after its first part was handed over.
    private let failure = Mutex<String?>(nil)

    init(_ member: TarMember, path: [UInt8]) {
        self.member = member
        self.path = path
    }

    /// Why the rest of it cannot be read.
    var damage: String? { failure.withLock { $0 } }

    func fail(_ reason: String) { failure.withLock { $0 = $0 ?? reason } }
}

/// A block of a pack that one or two segments need: the first one reads it.
final class ExportBlock: Sendable {
    enum State: Sendable {
        case coming
        case plain([UInt8])
        /// The bytes cannot be had at this place.
        case unusable
    }

    let pack: PackID
    let record: BlockRecord
    private let current = Mutex(State.coming)

    init(pack: PackID, record: BlockRecord) {
        self.pack = pack
        self.record = record
    }

    var state: State { current.withLock { $0 } }

    var isComing: Bool { if case .coming = state { true } else { false } }

    func finish(_ plain: [UInt8]?) { current.withLock { $0 = plain.map(State.plain) ?? .unusable } }
}

/// A stretch of the stream with everything that it needs.
final class ExportSegment: Sendable {
    /// A piece of the stream.
    enum Part: Sendable {
        /// A header without data, with the path within the snapshot.
        case member(TarMember, path: [UInt8])
        /// Some of a file's data.
        case file(FilePart)
    }

    struct FilePart: Sendable {
        let file: ExportFile
        /// The header comes before it.
        let isFirst: Bool
        /// The file ends behind it.
        var isLast = false
        /// In order; holes are left out.
        var pieces: [Piece] = []
    }

    enum Piece: Sendable {
        /// A chunk, by its number.
        case chunk(Int)
        /// The first bytes of a hole, which fill a stretch up.
        case zeros(UInt64)
    }

    struct Chunk: Sendable {
        let id: ChunkID
        /// The position of its block.
        let block: Int
        let location: ChunkLocation

        /// Where the chunk lies in the plain bytes of its block.
        var range: Swift.Range<Int> {
            Int(location.offset)..<Int(location.offset) + Int(location.length)
        }
    }

    /// What has come of a chunk.
    enum Outcome: Sendable {
        /// It is in its block as it was written.
        case inBlock
        /// It was read from elsewhere.
        case elsewhere([UInt8])
        case damaged(String)
    }

    /// Bytes of one pack that are read with one request.
    struct Range: Sendable {
        let pack: PackID
        let offset: UInt64
        let length: Int
        /// The positions of the blocks that are wanted of it.
        let blocks: [Int]
    }

    let parts: [Part]
    let chunks: [Chunk]
    let blocks: [ExportBlock]
    /// The numbers of the chunks of each block.
    let chunksOfBlocks: [[Int]]
    /// In the order in which the stream needs them.
    let ranges: [Range]
    /// The positions of the blocks that the segment before reads.
    let shared: [Int]

    private let outcomes: Mutex<[Outcome?]>

    init(
        parts: [Part], chunks: [Chunk], blocks: [ExportBlock], ranges: [Range], shared: [Int]
    ) {
        self.parts = parts
        self.chunks = chunks
        self.blocks = blocks
        self.ranges = ranges
        self.shared = shared
        var numbers = [[Int]](repeating: [], count: blocks.count)
        for (number, chunk) in chunks.enumerated() { numbers[chunk.block].append(number) }
        chunksOfBlocks = numbers
        outcomes = Mutex([Outcome?](repeating: nil, count: chunks.count))
    }

    /// What has come of a chunk; `nil` as long as that is open.
    func outcome(_ chunk: Int) -> Outcome? { outcomes.withLock { $0[chunk] } }

    /// Notes what has come of some chunks.
    func finish(_ found: [(chunk: Int, outcome: Outcome)]) {
        outcomes.withLock { outcomes in
            for (chunk, outcome) in found { outcomes[chunk] = outcome }
        }
    }
}

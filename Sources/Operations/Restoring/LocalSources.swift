// Local files that have some of the wanted chunks: older versions of files at the target, files
// that were renamed, seeds. Each is cut as a snapshot would cut it, so equal chunks have equal
// names, wherever they lie. What is found here is a claim; whoever copies a chunk verifies it.

import FileHandles
import FileTree
import SnapshotModel

/// A local file.
struct LocalSource: Sendable {
    /// The folder below which it lies.
    let root: FileHandle
    /// Names with slashes between.
    let path: [UInt8]

    /// Opens the file.
    func open() throws(SystemCallError) -> FileHandle { try root.openFile(below: path) }
}

/// Where local files have chunks.
final class LocalSources: Sendable {
    /// A stretch of a local file.
    struct Place: Hashable, Sendable {
        let source: UInt32
        let offset: UInt64
    }

    /// Chunks that are remembered: 16 bytes each.
    static let mostChunks = 3 * 1024 * 1024
    private static let offsetBits = 44
    private static let largestSource = 1 << (64 - offsetBits)

    /// A chunk by the first bytes of its name, and its place packed into one number.
    struct Claim: Sendable {
        let key: UInt64
        private let packed: UInt64

        /// - Returns: `nil` for numbers that have no room: the chunk is fetched then.
        init?(_ id: ChunkID, source: Int, offset: UInt64) {
            guard source < LocalSources.largestSource, offset >> LocalSources.offsetBits == 0
            else { return nil }
            key = id.digest.word0
            packed = UInt64(source) << LocalSources.offsetBits | offset
        }

        var place: Place {
            Place(
                source: UInt32(packed >> LocalSources.offsetBits),
                offset: packed & (1 << LocalSources.offsetBits - 1))
        }
    }

    /// No local files.
    static let none = LocalSources([], claims: [], open: [:])

    private let sources: [LocalSource]
    private let claims: [Claim]
    /// Some that are kept open: what replaces a file does not take its bytes away then.
    private let open: [UInt32: FileHandle]

    /// - Parameter claims: in any order.
    init(_ sources: [LocalSource], claims: [Claim], open: [UInt32: FileHandle]) {
        self.sources = sources
        self.open = open
        self.claims = claims.sorted { $0.key < $1.key }
    }

    /// Whether there is nothing.
    var isEmpty: Bool { claims.isEmpty }

    /// Where a chunk may lie. Logarithmic in the number of chunks.
    func place(of id: ChunkID) -> Place? {
        let key = id.digest.word0
        var low = 0
        var high = claims.count
        while low < high {
            let middle = (low + high) / 2
            if claims[middle].key < key { low = middle + 1 } else { high = middle }
        }
        guard low < claims.count, claims[low].key == key else { return nil }
        return claims[low].place
    }

    /// The open file of a source.
    func handle(_ source: UInt32) throws(SystemCallError) -> FileHandle {
        if let handle = open[source] { return handle }
        return try sources[Int(source)].open()
    }
}

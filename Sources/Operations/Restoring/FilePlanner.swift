// Plans where the chunks of files come from, one segment of the tree at a time, and hands each
// segment to the pipeline: from a file that an earlier run has left half-written, from local files,
// else from packs.

import ChunkStorage
import FileHandles
import RepositoryFormat
import SnapshotModel
import WorkerThreads

/// Plans files, for the thread that walks through the tree.
final class FilePlanner {
    /// So much is planned before anything is read: it takes a few milliseconds.
    private static let smallestFirstInBytes = 1024 * 1024

    /// One is written while the requests of the next one go out.
    private static let plansAtOnce = RestorePipeline.segmentsInMemory - 1

    private let loader: ChunkLoader
    private let context: RestoreContext
    /// `nil` when nothing is to be written.
    private let pipeline: RestorePipeline?
    private let sources: LocalSources
    /// How much the next plan may take.
    private var segmentInBytes: Int
    /// The most that a plan may take.
    private let largestSegmentInBytes: Int
    private var planner = RestorePlanner()
    private var files: [PendingFile] = []
    private var filesInBytes = 0
    /// What the plans so far fetch.
    private(set) var estimate = RestoreEstimate()

    /// - Parameter pipeline: `nil` when nothing is to be written.
    init(
        _ loader: ChunkLoader, _ context: RestoreContext, _ pipeline: RestorePipeline? = nil,
        _ sources: LocalSources = .none
    ) {
        self.loader = loader
        self.context = context
        self.pipeline = pipeline
        self.sources = sources
        largestSegmentInBytes =
            context.settings.reading.planInBytes / RestorePipeline.segmentsInMemory
        // Reading begins while most is still to be planned.
        segmentInBytes = max(
            largestSegmentInBytes / 4, min(largestSegmentInBytes, Self.smallestFirstInBytes))
    }

    /// Wants the chunks of a file; a large one may go on in further segments.
    /// - Parameters:
    ///   - file: what gets the bytes; `nil` when nothing is to be written.
    ///   - begun: the same file as an earlier run has left it.
    ///   - makesHoles: whether the file gets holes instead of zeros.
    func plan(
        _ content: Content, for file: PendingFile?, begun: PendingFile.Begun? = nil,
        makesHoles: Bool = false
    ) throws {
        let size = content.sizeInBytes
        var number = try add(file)
        var offset: UInt64 = 0
        var holes = HoleSkipper(makesHoles: makesHoles, from: begun?.status.sizeInBytes ?? 0)
        var begun = BegunFile(begun?.file, loader)
        do {
            guard size <= UInt64(Int64.max) else { throw Self.wrongSize("too large", size) }
            try loader.forEachChunk(of: content) { id in
                if planner.sizeInBytes + filesInBytes >= segmentInBytes {
                    try context.settings.cancellation.check()
                    try addPlan(isLast: false)
                    number = try add(file)
                }
                if let length = holes.length(of: id, at: offset) {
                    offset += length
                } else if let length = try begun.length(of: id, at: offset) {
                    offset += length
                } else {
                    let length = try want(id, at: offset, of: file, number)
                    holes.note(id, length: length)
                    offset += UInt64(length)
                }
                guard offset <= size else { throw Self.wrongSize("\(offset) bytes", size) }
            }
            guard offset == size else { throw Self.wrongSize("\(offset) bytes", size) }
        } catch let error as RepositoryError where error.code == .damaged {
            file?.fail(damage: "\(error)")
        }
        try file?.endPlanning()
    }

    /// Whether a local file holds the content.
    func has(_ content: Content, in file: FileHandle) throws -> Bool {
        guard try file.status().sizeInBytes == content.sizeInBytes else { return false }
        var begun = BegunFile(file, loader)
        var offset: UInt64 = 0
        do {
            try loader.forEachChunk(of: content) { id in
                try context.settings.cancellation.check()
                guard let length = try begun.length(of: id, at: offset) else {
                    throw Difference()
                }
                offset += length
            }
        } catch is Difference {
            return false
        } catch let error as RepositoryError where error.code == .damaged {
            return false
        }
        return offset == content.sizeInBytes
    }

    private struct Difference: Error {}

    private func want(
        _ id: ChunkID, at offset: UInt64, of file: PendingFile?, _ number: UInt32
    ) throws -> UInt32 {
        let place = RestorePlan.Place(file: number, offset: offset)
        let length = try planner.want(id, at: place) {
            try loader.locations(of: $0)
        } copy: { [sources] id in
            sources.place(of: id).map { RestorePlan.Copy(source: $0.source, offset: $0.offset) }
        }
        guard let length else {
            throw RepositoryError(
                .damaged, "cannot read chunk \(id)", cause: "no pack has it",
                remedy: "varve check --read-data")
        }
        file?.retain()
        return length
    }

    private static func wrongSize(_ found: String, _ size: UInt64) -> RepositoryError {
        RepositoryError(
            .damaged, "cannot read content", cause: "\(found), expected \(size)",
            remedy: "varve check")
    }

    private func add(_ file: PendingFile?) throws -> UInt32 {
        // Counted also when nothing is written, so that the plans are those of the real run.
        filesInBytes += PendingFile.sizeInMemory
        guard let file else { return 0 }
        files.append(file)
        return UInt32(files.count - 1)
    }

    /// Hands over what is planned so far.
    /// - Parameter isLast: whether no other plan follows.
    func addPlan(isLast: Bool = true) throws {
        let reading = context.settings.reading
        let plan = planner.plan(
            gapInBytes: reading.gapInBytes,
            partInBytes: reading.partInBytes(
                ofPlan: planner.storedInBytes, among: isLast ? 1 : Self.plansAtOnce))
        planner = RestorePlanner()
        // Planning goes on for as long as there is something to be written meanwhile.
        segmentInBytes = min(2 * segmentInBytes, largestSegmentInBytes)
        var held: [Int: StoredBytes] = [:]
        for (position, range) in plan.ranges.enumerated() {
            held[position] = bytesAtHand(range, of: plan)
            if held[position] == nil {
                estimate.requests += 1
                estimate.bytes += UInt64(range.length)
            }
        }
        try pipeline?.add(plan, files, held: held, sources: sources)
        files = []
        filesInBytes = 0
    }

    /// Small packs were read as a whole for the listings in them.
    private func bytesAtHand(_ range: RestorePlan.Range, of plan: RestorePlan) -> StoredBytes? {
        let blocks = plan.blocks[range.blocks]
        guard let first = blocks.first,
            let stored = loader.storedBytes(around: first.record, in: range.pack),
            blocks.allSatisfy({ stored.bytes(of: $0.record) != nil })
        else { return nil }
        return stored
    }
}

/// Tells chunks of zeros that a new file need not be given.
private struct HoleSkipper {
    private let makesHoles: Bool
    /// Before this offset something was written already.
    private let start: UInt64
    private var zeros = ZeroChunks()
    /// The chunk of zeros that came last: holes have it many thousand times in a row.
    private var last: (id: ChunkID, length: UInt64)?

    init(makesHoles: Bool, from start: UInt64) {
        self.makesHoles = makesHoles
        self.start = start
    }

    /// The length of a chunk that can be left out.
    func length(of id: ChunkID, at offset: UInt64) -> UInt64? {
        guard let last, last.id == id, offset >= start else { return nil }
        return last.length
    }

    /// Looks at a chunk that is going to be written.
    mutating func note(_ id: ChunkID, length: UInt32) {
        if makesHoles, zeros.contains(id, length: length) { last = (id, UInt64(length)) }
    }
}

/// A local file that may have some chunks in their places already.
private struct BegunFile {
    private let file: FileHandle?
    private let loader: ChunkLoader
    private var buffer: [UInt8] = []

    init(_ file: FileHandle?, _ loader: ChunkLoader) {
        self.file = file
        self.loader = loader
    }

    /// The length of a chunk that is in its place.
    /// - Returns: `nil` when something else is there.
    mutating func length(of id: ChunkID, at offset: UInt64) throws -> UInt64? {
        guard let file, let length = try loader.shared.index.locations(of: id).first?.length
        else { return nil }
        let count = Int(length)
        if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
        let isThere = try buffer.withUnsafeMutableBytes { buffer in
            let space = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            return try file.read(into: space, at: offset) == count
                && loader.verifies(UnsafeRawBufferPointer(space), id)
        }
        return isThere ? UInt64(length) : nil
    }
}

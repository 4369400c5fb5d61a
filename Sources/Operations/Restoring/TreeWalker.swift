// Walks through the listings of a tree in order, on the calling thread: makes the directories,
// hands out entries that need no data, and plans for the others, one segment of the tree at a time.

import ChunkStorage
import FileHandles
import RepositoryAccess
import SnapshotModel
import WorkerThreads

/// Feeds a pipeline with a tree.
final class TreeWalker {
    /// A run of entries ends at this many.
    private static let entriesPerRun = 128

    private let reader: TreeReader
    private let context: RestoreContext
    private let pipeline: RestorePipeline
    private let segmentInBytes: Int
    private var planner = RestorePlanner()
    private var files: [PendingFile] = []
    private var filesInBytes = 0

    init(_ loader: ChunkLoader, _ context: RestoreContext, _ pipeline: RestorePipeline) {
        reader = TreeReader(loader)
        self.context = context
        self.pipeline = pipeline
        segmentInBytes = context.settings.reading.planInBytes / RestorePipeline.segmentsInMemory
    }

    /// Restores an entry: a directory as the target itself, anything else into it.
    func restore(_ entry: Entry, to target: FileHandle) throws {
        if case .directory(let listing) = entry.kind {
            context.results.add { $0.directories += 1 }
            let directory = PendingDirectory(target: target, entry.metadata, context)
            try restore(listing, of: directory, path: [])
            directory.release()
        } else {
            let directory = PendingDirectory(target: target, nil, context)
            var run: [Entry] = []
            try restore(entry, in: directory, &run)
            try add(&run, in: directory)
            directory.release()
        }
        try addPlan()
    }

    private func restore(
        _ listing: Content, of directory: PendingDirectory, path: [UInt8]
    ) throws {
        var run: [Entry] = []
        do {
            try reader.forEachEntry(of: listing, path: path) { entry in
                if case .directory(let content) = entry.kind {
                    try restoreDirectory(entry, content, in: directory, path)
                } else {
                    try restore(entry, in: directory, &run)
                }
            }
        } catch let error as RepositoryError {
            context.results.damage(directory.path, "\(error)")
        }
        try add(&run, in: directory)
    }

    private func restoreDirectory(
        _ entry: Entry, _ listing: Content, in parent: PendingDirectory, _ path: [UInt8]
    ) throws {
        try context.settings.cancellation.check()
        do throws(SystemCallError) {
            try parent.open().makeDirectory(name: entry.name.bytes, mode: 0o700)
        } catch {
            try context.results.fail(parent.path.appending(component: entry.name.bytes), error)
            return
        }
        context.results.add { $0.directories += 1 }
        noteUnknownKeys(of: entry, in: parent)
        let directory = PendingDirectory(entry.name.bytes, in: parent, entry.metadata, context)
        try restore(listing, of: directory, path: path.appending(component: entry.name.bytes))
        directory.release()
    }

    private func noteUnknownKeys(of entry: Entry, in directory: PendingDirectory) {
        guard entry.hasUnknownKeys else { return }
        context.results.fail(
            directory.path.appending(component: entry.name.bytes),
            "has metadata that this version of varve cannot restore")
    }

    /// Restores an entry that is no directory, at once or with the next segment.
    private func restore(
        _ entry: Entry, in directory: PendingDirectory, _ run: inout [Entry]
    ) throws {
        noteUnknownKeys(of: entry, in: directory)
        if case .file(let content) = entry.kind, content != .empty {
            try plan(entry, content, in: directory)
            return
        }
        run.append(entry)
        if run.count == Self.entriesPerRun { try add(&run, in: directory) }
    }

    private func add(_ run: inout [Entry], in directory: PendingDirectory) throws {
        if run.isEmpty { return }
        try pipeline.add(run, in: directory)
        run.removeAll(keepingCapacity: true)
    }

    /// Wants the chunks of a file; a large one may go on in further segments.
    private func plan(_ entry: Entry, _ content: Content, in directory: PendingDirectory) throws {
        let size = content.sizeInBytes
        let file = PendingFile(entry, sizeInBytes: size, in: directory, context)
        var number = add(file)
        var offset: UInt64 = 0
        do {
            guard size <= UInt64(Int64.max) else { throw Self.wrongSize("too large", size) }
            try reader.loader.forEachChunk(of: content) { id in
                if planner.sizeInBytes + filesInBytes >= segmentInBytes {
                    try context.settings.cancellation.check()
                    try addPlan()
                    number = add(file)
                }
                offset += try want(id, at: offset, of: file, number)
                guard offset <= size else { throw Self.wrongSize("\(offset) bytes", size) }
            }
            guard offset == size else { throw Self.wrongSize("\(offset) bytes", size) }
        } catch let error as RepositoryError {
            file.fail(damage: "\(error)")
        }
        try file.endPlanning()
    }

    private func want(
        _ id: ChunkID, at offset: UInt64, of file: PendingFile, _ number: UInt32
    ) throws -> UInt64 {
        let place = RestorePlan.Place(file: number, offset: offset)
        let index = reader.loader.shared.index
        if let length = try planner.want(id, at: place, locate: { try index.locations(of: $0) }) {
            file.retain()
            return UInt64(length)
        }
        throw RepositoryError(
            .damaged, "cannot read chunk \(id)", cause: "no pack has it",
            remedy: "varve check --read-data")
    }

    private static func wrongSize(_ found: String, _ size: UInt64) -> RepositoryError {
        RepositoryError(
            .damaged, "cannot read content", cause: "\(found), expected \(size)",
            remedy: "varve check")
    }

    private func add(_ file: PendingFile) -> UInt32 {
        files.append(file)
        filesInBytes += PendingFile.sizeInMemory
        return UInt32(files.count - 1)
    }

    /// Hands over what is planned so far.
    private func addPlan() throws {
        let reading = context.settings.reading
        let plan = planner.plan(
            gapInBytes: reading.gapInBytes, partInBytes: reading.partInBytes)
        var held: [Int: StoredBytes] = [:]
        for (position, range) in plan.ranges.enumerated() {
            held[position] = bytesAtHand(range, of: plan)
        }
        try pipeline.add(plan, files, held: held)
        planner = RestorePlanner()
        files = []
        filesInBytes = 0
    }

    /// Small packs were read as a whole for the listings in them.
    private func bytesAtHand(_ range: RestorePlan.Range, of plan: RestorePlan) -> StoredBytes? {
        let blocks = plan.blocks[range.blocks]
        guard let first = blocks.first,
            let stored = reader.loader.storedBytes(around: first.record, in: range.pack),
            blocks.allSatisfy({ stored.bytes(of: $0.record) != nil })
        else { return nil }
        return stored
    }
}

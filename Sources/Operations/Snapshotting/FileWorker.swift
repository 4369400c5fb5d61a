// The second stage of a snapshot, on as many threads as there are processors: reads files, cuts
// them, and has the chunks saved. Small files are read whole; large ones in segments
// (FileWorker+Large).

import ChunkStorage
import Chunking
import FileCutting
import FileHandles
import FileTree
import RepositoryFormat
import SnapshotModel
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads files for one thread.
final class FileWorker {
    /// How often a file that changes while it is read is read again.
    private static let attempts = 3

    let queue: WorkQueue
    let cutters: FileCutters
    let environment: SnapshotEnvironment
    let progress: ProgressMeter
    let watch: RunWatch
    private let detail: FileStatus.Detail
    private let linked: LinkedReads
    let data: ChunkStream
    let metadata: ChunkStream
    private let buffer: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - detail: what is asked of each file.
    ///   - keepYoung: keeps the session that the run goes on under.
    init(
        queue: WorkQueue, saver: ChunkSaver, cutters: FileCutters, detail: FileStatus.Detail,
        environment: SnapshotEnvironment, progress: ProgressMeter, linked: LinkedReads,
        keepYoung: @escaping () throws -> Void
    ) throws {
        self.queue = queue
        self.cutters = cutters
        self.detail = detail
        self.environment = environment
        self.progress = progress
        self.linked = linked
        watch = RunWatch(environment.cancellation, queue, keepYoung)
        data = try saver.makeStream(.data)
        metadata = try saver.makeStream(.metadata)
        buffer = .allocate(byteCount: cutters.bufferInBytes, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    /// Works until the queue ends, then hands over what is left.
    func run() throws {
        while let work = queue.pop() {
            switch work {
            case .segment(let segment): segment.process(data)
            case .ahead(let reading): reading.read()
            case .stream(let job):
                defer { queue.end() }
                defer { job.abandon() }
                job.complete(try read(job.source))
            case .job(let job):
                defer { queue.end() }
                // Whatever happens, nobody must wait for this job for ever.
                defer { job.abandon() }
                var outcomes: [ReadJob.Outcome] = []
                for file in job.files {
                    try environment.cancellation.check()
                    outcomes.append(read(file, in: job.directory))
                }
                // A large file is given up in the middle when the run is to stop: what was read
                // of it must not get into a tree.
                guard watch.goesOn() else { throw watch.reason }
                job.complete(outcomes)
            }
        }
        data.flush()
        metadata.flush()
    }

    private func read(_ file: ReadJob.File, in directory: FileHandle) -> ReadJob.Outcome {
        let path = directory.path.appending(component: file.name)
        environment.onRead(.beforeOpen, path)
        do {
            for _ in 0..<Self.attempts {
                if let handle = try open(file, in: directory),
                    let outcome = try read(handle, file, path)
                {
                    return outcome
                }
                if let outcome = try lookAgain(file, in: directory) { return outcome }
            }
            return .failed("is something else each time that it is looked at")
        } catch {
            return error.isNoEntry ? .vanished : .failed(error.reason)
        }
    }

    /// Opens a file.
    /// - Returns: `nil` when a link or a socket has taken its place.
    private func open(
        _ file: ReadJob.File, in directory: FileHandle
    ) throws(SystemCallError) -> FileHandle? {
        do {
            // O_NONBLOCK: a pipe that has taken the file's place must not block the open.
            return try directory.open(name: file.name, flags: O_RDONLY | O_NONBLOCK)
        } catch {
            if error.number == ELOOP || error.number == ENXIO { return nil }
            throw error
        }
    }

    /// What has come in the place of a file.
    /// - Returns: `nil` when it is a file again.
    private func lookAgain(
        _ file: ReadJob.File, in directory: FileHandle
    ) throws(SystemCallError) -> ReadJob.Outcome? {
        let status = try directory.status(of: file.name, detail)
        // Nobody has gone into it, so it would seem to be empty.
        if status.kind == .directory { return .failed("is a folder now") }
        let node = try NodeReading(of: file.name, in: directory, status, detail)
        guard let node else { return nil }
        return .replaced(
            node, AttributeReading(of: file.name, node.status.kind, in: directory, .format))
    }

    /// Reads an open file.
    /// - Returns: `nil` when it is none.
    private func read(
        _ handle: FileHandle, _ file: ReadJob.File, _ path: [UInt8]
    ) throws(SystemCallError) -> ReadJob.Outcome? {
        var before = try handle.status(detail)
        guard before.kind == .file else { return nil }
        if let reading = linked.reading(of: before) { return .read(reading) }
        progress.addFile()
        for attempt in 1... {
            let content = try readOnce(handle, before, tellsSize: file.tellsSize)
            let attributes = AttributeReading(of: handle, .format)
            environment.onRead(.afterRead, path)
            let after = try handle.status(detail)
            let isTorn = !before.hasSameContentStamps(as: after)
            if !isTorn || attempt == Self.attempts {
                let reading = FileReading(
                    content: content, attributes: attributes.saved(to: metadata),
                    attributeProblem: attributes.problem, flags: attributes.flags, status: before,
                    hasHoles: handle.hasHoles(before), isTorn: isTorn)
                linked.remember(reading)
                return .read(reading)
            }
            before = after
        }
        preconditionFailure("the last attempt returns")
    }

    private func readOnce(
        _ handle: FileHandle, _ status: FileStatus, tellsSize: Bool
    ) throws(SystemCallError) -> Content {
        guard status.sizeInBytes < UInt64(buffer.count) else {
            return try readLarge(handle, status)
        }
        let count = try handle.read(
            into: buffer, at: 0, expected: tellsSize ? Int(status.sizeInBytes) : nil)
        // There is more than the status says.
        guard count < buffer.count else { return try readLarge(handle, status) }
        progress.add(readBytes: count)
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let cutter = cutters.cutter(forHead: bytes, sizeInBytes: UInt64(count))
        var content = ContentBuilder(listsTo: metadata)
        var start = 0
        while start < count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let length = cutter.length(of: rest)
            content.append(
                data.save(UnsafeRawBufferPointer(rebasing: rest[..<length])), sizeInBytes: length)
            start += length
        }
        return content.finish()
    }
}

import FileCutting
import FileHandles
import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import Snapshotting

/// What workers are given, and when they may end.
struct WorkQueueTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    private func job() throws -> ReadJob {
        ReadJob(
            directory: try FileHandle.openDirectory(path: DiskPath(directory.path).bytes),
            files: [])
    }

    private func offer(_ read: @escaping @Sendable () -> Void = {}) -> AheadBoard.Offer {
        AheadBoard.Offer(next: 1, end: 100, stepInBytes: 1) { offset in
            read()
            return .success(
                FileStretch(roomInBytes: 0, mostInBytes: 1, at: offset, markedBy: nil) { _ in 0 })
        }
    }

    @Test func `stretches are read ahead only when there is nothing else to do`() throws {
        let queue = WorkQueue(workerCount: 2)
        let file = queue.openFile()
        queue.offer(file, offer())
        queue.push(try job())
        guard case .job = queue.pop(), case .ahead = queue.pop() else {
            Issue.record("the job comes first")
            return
        }
        #expect(queue.takeAhead(file, at: 1) != nil)
        #expect(queue.takeAhead(file, at: 2) == nil)
    }

    @Test func `nobody ends while a job may give more to do`() throws {
        let queue = WorkQueue(workerCount: 2)
        queue.push(try job())
        queue.close()
        guard case .job = queue.pop() else {
            Issue.record("there is a job")
            return
        }
        let reads = Mutex(0)
        try withThreads { threads in
            threads.spawn {
                while let work = queue.pop() {
                    guard case .ahead(let reading) = work else { continue }
                    reading.read()
                }
            }
            let file = queue.openFile()
            queue.offer(file, offer { reads.withLock { $0 += 1 } })
            // The queue was closed before the file was opened.
            while reads.withLock({ $0 }) == 0 {
                if let reading = queue.takeAhead(file, at: 1) { _ = try reading.wait().get() }
            }
            queue.closeFile(file)
            queue.end()
        }
        #expect(queue.pop() == nil)
    }

    @Test func `a run that has failed gives nothing to do`() throws {
        let queue = WorkQueue(workerCount: 1)
        let file = queue.openFile()
        queue.offer(file, offer())
        queue.cancel()
        #expect(queue.pop() == nil)
        #expect(queue.isCancelled)
    }
}

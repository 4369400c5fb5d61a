import Synchronization
import Testing
import WorkerThreads

@testable import Restoring

/// What is flushed while a restore goes on, and that the restore ends all the same.
struct DiskFlusherTests {
    private struct Full: Error {}

    @Test func `it flushes until it is ended`() throws {
        let flushes = Monitor(0)
        try withThreads { threads in
            let flusher = DiskFlusher(threads, pauseInMilliseconds: 1) {
                flushes.update { $0 += 1 }
            }
            flushes.wait { $0 >= 3 ? () : nil }
            flusher.end()
        }
        // All threads have ended, or this would not be reached.
        #expect(flushes.read { $0 } >= 3)
    }

    @Test func `what ends before the first pause is over is not flushed`() throws {
        let flushes = Atomic(0)
        try withThreads { threads in
            DiskFlusher(threads, pauseInMilliseconds: 3_600_000) {
                flushes.add(1, ordering: .relaxed)
            }.end()
        }
        #expect(flushes.load(ordering: .relaxed) == 0)
    }

    @Test func `a disk that fails ends the restore`() {
        #expect(throws: Full.self) {
            try withThreads { threads in
                let hasFailed = Monitor(false)
                threads.onFailure { hasFailed.update { $0 = true } }
                _ = DiskFlusher(threads, pauseInMilliseconds: 1) { throw Full() }
                hasFailed.wait { $0 ? () : nil }
            }
        }
    }

    @Test func `a restore that fails ends it`() {
        #expect(throws: Full.self) {
            try withThreads { threads in
                _ = DiskFlusher(threads, pauseInMilliseconds: 3_600_000) {}
                threads.spawn { throw Full() }
            }
        }
    }
}

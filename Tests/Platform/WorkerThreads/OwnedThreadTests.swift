import Synchronization
import Testing
import WorkerThreads

struct OwnedThreadTests {
    @Test func joiningWaitsForTheEndOfTheBody() {
        let turn = Monitor(0)
        let hasEnded = Atomic(false)
        let thread = OwnedThread {
            turn.wait { $0 == 1 ? () : nil }
            hasEnded.store(true, ordering: .relaxed)
        }
        #expect(hasEnded.load(ordering: .relaxed) == false)
        turn.update { $0 = 1 }
        thread.join()
        #expect(hasEnded.load(ordering: .relaxed) == true)
    }

    @Test func whatTheBodyHoldsGoesWithTheThread() {
        final class Token: Sendable {}
        var token: Token? = Token()
        weak let weakToken = token
        let thread = OwnedThread { [token] in _ = token }
        token = nil
        thread.join()
        #expect(weakToken == nil)
    }

    /// Takes a piece of the stack for each level.
    private static func descend(_ level: Int) -> Int {
        if level == 0 { return 0 }
        return withUnsafeTemporaryAllocation(byteCount: 8 * 1024, alignment: 16) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: level))
            return descend(level - 1) + Int(bytes[level % 8192]) / max(1, Int(bytes[0]))
        }
    }

    @Test func `a deep stack takes what the usual one does not`() {
        let levels = 10_000
        let deepest = Mutex(0)
        OwnedThread(stackInBytes: OwnedThread.deepStackInBytes) {
            let reached = Self.descend(levels)
            deepest.withLock { $0 = reached }
        }.join()
        // Each level whose bytes are zeros counts for nothing.
        #expect(deepest.withLock { $0 } == levels - levels / 256)
    }

    @Test func `a stack for which there is no room becomes the usual one`() {
        let isDone = Mutex(false)
        for size in [Int.max / 2, 1] {
            isDone.withLock { $0 = false }
            OwnedThread(stackInBytes: size) { isDone.withLock { $0 = true } }.join()
            #expect(isDone.withLock { $0 })
        }
    }
}

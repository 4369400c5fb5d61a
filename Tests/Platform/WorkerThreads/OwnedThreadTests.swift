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
}

import Testing
import WorkerThreads

struct CancellationTests {
    @Test func checkingThrowsOnceItWasCancelled() throws {
        let cancellation = Cancellation()
        try cancellation.check()
        cancellation.cancel()
        #expect(throws: Interrupted()) { try cancellation.check() }
        cancellation.cancel()
        #expect(throws: Interrupted()) { try cancellation.check() }
    }

    @Test func everyThreadSeesIt() throws {
        let cancellation = Cancellation()
        #expect(throws: Interrupted()) {
            try withThreads { threads in
                for _ in 0..<4 {
                    threads.spawn { while true { try cancellation.check() } }
                }
                cancellation.cancel()
            }
        }
    }
}

import ObjectStore
import TestSupport
import Testing
import WorkerThreads

@testable import S3Store

/// A bucket keeps the promises of a store, whatever its quirks.
struct ConformanceTests {
    static let quirks = [
        FakeS3.Quirks(), FakeS3.Quirks(ignoresRanges: true), FakeS3.Quirks(hasOldListing: true),
        FakeS3.Quirks(deletesOne: true), FakeS3.Quirks(isUnsorted: true),
        FakeS3.Quirks(failsOneIn: 50),
    ]

    @Test(arguments: zip(quirks, ["", "a", "a/b", "my folder/\u{E9}+", "", "r"]))
    func `a bucket keeps the promises of a store`(
        _ quirks: FakeS3.Quirks, _ path: String
    ) throws {
        let root = try RootPath(path)
        let endpoint = try endpoint()
        try checkStoreConformance {
            let client = scriptedClient(FakeS3(quirks), endpoint)
            let time = RetryingExchangeTests.FakeTime()
            let exchange = RetryingExchange(
                client, connections: 4, clock: time.clock, cancellation: Cancellation())
            return S3Store(client, through: exchange, root: root)
        }
    }
}

import DirectoryStore
import ObjectStore
import TestSupport
import Testing

struct ConformanceTests {
    @Test func aDirectoryKeepsThePromisesOfAStore() throws {
        let directory = try TemporaryDirectory()
        var count = 0
        try checkStoreConformance {
            count += 1
            return DirectoryStore(path: directory.appending("store-\(count)"))
        }
    }

    @Test func aMeteredAndFaultyDirectoryKeepsThePromisesOfAStore() throws {
        let directory = try TemporaryDirectory()
        var count = 0
        try checkStoreConformance {
            count += 1
            let store = DirectoryStore(path: directory.appending("store-\(count)"))
            return MeteredStore(FaultyStore(store), TrafficMeter())
        }
    }
}

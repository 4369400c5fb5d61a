import ObjectStore
import StoreCache
import TestSupport
import Testing

struct ConformanceTests {
    @Test func `a cache keeps the promises of the store behind it`() throws {
        let directory = try TemporaryDirectory(isInMemory: true)
        var number = 0
        try checkStoreConformance {
            number += 1
            return CachingStore(
                MemoryStore(), cacheDirectory: directory.appending("\(number)"))
        }
    }

    @Test func `so does its view for listings`() throws {
        let directory = try TemporaryDirectory(isInMemory: true)
        var number = 0
        try checkStoreConformance {
            number += 1
            return CachingStore(
                MemoryStore(), cacheDirectory: directory.appending("\(number)")
            ).listings
        }
    }
}

import ObjectStore
import TestSupport
import Testing

struct ConformanceTests {
    @Test func theStoreInMemoryKeepsThePromisesOfAStore() throws {
        try checkStoreConformance { MemoryStore() }
    }

    @Test func aFaultyStoreWithoutFaultKeepsThePromisesOfAStore() throws {
        try checkStoreConformance { FaultyStore(MemoryStore()) }
    }

    @Test func aRecordingStoreKeepsThePromisesOfAStore() throws {
        try checkStoreConformance { RecordingStore(MemoryStore()) }
    }

    @Test func aMeteredStoreKeepsThePromisesOfAStore() throws {
        try checkStoreConformance { MeteredStore(MemoryStore(), TrafficMeter()) }
    }
}

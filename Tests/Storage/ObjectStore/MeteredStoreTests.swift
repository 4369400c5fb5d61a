import ObjectStore
import TestSupport
import Testing

struct MeteredStoreTests {
    @Test func countsRequestsByKindAndBytesByDirection() throws {
        let meter = TrafficMeter()
        let store = MeteredStore(MemoryStore(), meter)
        #expect(meter.traffic == StoreTraffic())
        try store.put("a", [1, 2, 3])
        try store.put("b", [4, 5])
        _ = try store.read("a")
        _ = try store.read("a", .last(length: 1))
        _ = try store.map(ObjectKey("b"))
        _ = try store.head(ObjectKey("b"))
        _ = try store.list(prefix: "")
        _ = try store.list(prefix: "x/")
        try store.delete([ObjectKey("a"), ObjectKey("b")])
        var expected = StoreTraffic()
        expected.puts = 2
        expected.gets = 3
        expected.heads = 1
        expected.lists = 2
        expected.deletes = 1
        expected.uploadedBytes = 5
        expected.downloadedBytes = 6
        #expect(meter.traffic == expected)
    }

    @Test func countsRequestsThatFail() throws {
        let fault = FaultyStore.Fault(call: 1, isPermanent: true, code: .noSpace)
        let meter = TrafficMeter()
        let store = MeteredStore(FaultyStore(MemoryStore(), fault), meter)
        let key = ObjectKey("a")
        #expect(throws: storeError(.noSpace)) { try store.put("a", [1, 2]) }
        #expect(throws: storeError(.noSpace)) { try store.get(key, .whole) }
        #expect(throws: storeError(.noSpace)) { try store.map(key) }
        #expect(throws: storeError(.noSpace)) { try store.head(key) }
        #expect(throws: storeError(.noSpace)) { try store.list(prefix: "") }
        #expect(throws: storeError(.noSpace)) { try store.delete([key]) }
        var expected = StoreTraffic()
        expected.puts = 1
        expected.gets = 2
        expected.heads = 1
        expected.lists = 1
        expected.deletes = 1
        expected.uploadedBytes = 2
        #expect(meter.traffic == expected)
    }

    @Test func whatIsWrittenAndMappedIsOneRequest() throws {
        let meter = TrafficMeter()
        let store = MeteredStore(MemoryStore(), meter)
        #expect(try store.putAndMap(ObjectKey("a"), ObjectBody([1, 2])).array == [1, 2])
        #expect(meter.traffic.puts == 1)
        #expect(meter.traffic.gets == 0)
        #expect(meter.traffic.uploadedBytes == 2)
    }

    @Test func countsWhatIsReadAsListingsToo() throws {
        let meter = TrafficMeter()
        let store = MeteredStore(MemoryStore(), meter)
        try store.put("a", [1, 2])
        #expect(try store.listings.read("a") == [1, 2])
        #expect(meter.traffic.gets == 1)
        #expect(meter.traffic.downloadedBytes == 2)
    }

    @Test func hasThePlaceOfTheStoreBehindIt() {
        #expect(MeteredStore(MemoryStore(location: "there"), TrafficMeter()).location == "there")
    }
}

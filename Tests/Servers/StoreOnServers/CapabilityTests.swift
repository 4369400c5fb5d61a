import HTTPTransport
import ObjectStore
import S3Store
import TestSupport
import Testing

/// What services differ in is as the table of `S3Service` says, and the store gets along with it.
struct CapabilityTests {
    @Test(arguments: S3Service.tested)
    func `several objects go by one request, or one by one`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let meter = TrafficMeter()
        let store = try place.makeStore(root: place.freshRoot(), meter: meter)
        let keys = (0..<5).map { ObjectKey("packs/\($0)") }
        for round in 0..<2 {
            for key in keys { try store.put(key, ObjectBody([1])) }
            let before = meter.traffic.deletes
            try store.delete(keys)
            let asked = service.deletesMany || round > 0 ? 0 : 1
            let expected = service.deletesMany ? 1 : keys.count + asked
            #expect(meter.traffic.deletes - before == UInt64(expected), "round \(round)")
            #expect(try store.names().isEmpty)
        }
    }

    @Test(arguments: S3Service.tested)
    func `a range is answered as the table says`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let root = place.freshRoot()
        try place.makeStore(root: root).put("a", Array(0..<100))
        var call = S3Call(.get, .get, key: "\(root)/a", subject: "a")
        call.fields.append("range", "bytes=10-19")
        let response = try place.makeClient().perform(call)
        #expect(response.status == service.rangeStatus)
        #expect(response.fields["content-range"] == "bytes 10-19/100")
        #expect(response.body.count == 10)
    }

    @Test(arguments: S3Service.tested)
    func `a storage class is taken, or refused with a remedy`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let store = try place.makeStore(root: place.freshRoot(), storageClass: "STANDARD_IA")
        // Only packs go there: everything else is read often.
        try store.put("snapshots/a", [1])
        try expect(service.hasInfrequentClass) { try store.put("packs/a", [1]) }
        #expect(try store.names("packs/") == (service.hasInfrequentClass ? ["packs/a"] : []))
    }

    @Test(arguments: S3Service.tested)
    func `encryption is done, or refused with a remedy`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let store = try place.makeStore(root: place.freshRoot(), serverSideEncryption: "AES256")
        try expect(service.encryptsOnDemand) { try store.put("a", [1, 2]) }
        if service.encryptsOnDemand { #expect(try store.read("a") == [1, 2]) }
    }

    /// Expects success, or a failure that is the option's.
    private func expect(_ isTaken: Bool, _ body: () throws -> Void) throws {
        do {
            try body()
            #expect(isTaken)
        } catch let error as StoreError {
            #expect(!isTaken, "\(error)")
            #expect([.unsupported, .misconfigured].contains(error.code), "\(error)")
            #expect(!error.remedy.isEmpty)
        }
    }

    @Test(arguments: S3Service.standIns)
    func `the bucket's name stands where the provider wants it`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let store = try place.makeStore(root: "root")
        try store.put("a", [1])
        #expect(try store.names() == ["a"])
        let requests = try #require(place.standIn).requests()
        let style = service.usesBucketHosts ? "virtual" : "path"
        #expect(requests.allSatisfy { $0.style == style && $0.status == 200 })
        #expect(requests.allSatisfy { $0.payload == "signed" })
        // The endpoint's name tells it all: nothing is tried out.
        #expect(requests.map(\.kind) == [.put, .list])
    }

    @Test(arguments: S3Service.real)
    func `the client counts what the server gets`(_ service: S3Service) throws {
        let server = try #require(S3Place(service).server)
        let relay = try StandIn(before: server)
        let place = S3Place(relayedBy: relay, to: server)
        let meter = TrafficMeter()
        let store = try place.makeStore(root: place.freshRoot(), meter: meter)
        for name in ["a", "b", "c"] { try store.put(name, Array(name.utf8)) }
        #expect(try store.read("a", .last(length: 1)) == Array("a".utf8))
        #expect(try store.head(ObjectKey("b")) == 1)
        #expect(throws: storeError(.notFound)) { try store.head(ObjectKey("d")) }
        #expect(try store.names().count == 3)
        try store.delete(["a", "b", "c"].map { ObjectKey($0) })
        let requests = try relay.requests()
        let traffic = meter.traffic
        #expect(requests.count(.put) == Int(traffic.puts) && traffic.puts == 3)
        #expect(requests.count(.get) == Int(traffic.gets))
        #expect(requests.count(.head) == Int(traffic.heads))
        #expect(requests.count(.list) == Int(traffic.lists))
        #expect(requests.count(.delete) == Int(traffic.deletes) && traffic.deletes == 1)
        #expect(requests.count(.other) + requests.count(.refused) == 0)
    }
}

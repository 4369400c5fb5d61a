import ObjectStore
import TestSupport
import Testing
import WorkerThreads

/// Many objects, many pages, many threads, large objects.
struct QuantityTests {
    @Test(arguments: [.aws, .oss, .minio, .gcs, .brokenList] as [StandIn.Personality])
    func `a listing takes a request for each page`(_ personality: StandIn.Personality) throws {
        let place = try S3Place(.standIn(personality), .page(10))
        let standIn = try #require(place.standIn)
        let names = (0..<95).map { "packs/\($0 % 7)/\($0)" }.sorted()
        for name in names { try standIn.plant("root/\(name)", [1, 2]) }
        try standIn.plant("root.txt", [1])
        try standIn.plant("rooty/a", [1])
        let store = try place.makeStore(root: "root")
        _ = try store.names("none/")
        _ = try standIn.requests(clears: true)
        #expect(try store.names() == names)
        #expect(try store.names("packs/3/").count == 14)
        let requests = try standIn.requests()
        #expect(requests.map(\.kind) == Array(repeating: .list, count: 10 + 2))
        // Where no token leads to the next page, markers do, from the first page on.
        let old = requests.count { $0.query?["list-type"] == nil }
        #expect(old == (place.service.listsByTokens ? 0 : 11))
    }

    @Test(arguments: S3Service.real)
    func `a thousand objects are written at once, listed and deleted`(
        _ service: S3Service
    ) throws {
        let count = 1200
        let threadCount = 16
        let place = try S3Place(service)
        let meter = TrafficMeter()
        let store = try place.makeStore(
            root: place.freshRoot(), connections: threadCount, meter: meter)
        try withThreads { threads in
            for thread in 0..<threadCount {
                threads.spawn {
                    for number in stride(from: thread, to: count, by: threadCount) {
                        let bytes = [UInt8](repeating: UInt8(number % 251), count: number % 90)
                        try store.put("packs/\(number % 16)/\(number)", bytes)
                    }
                }
            }
        }
        let listed = try store.list(prefix: "packs/")
        #expect(listed.count == count)
        #expect(listed.map(\.key) == listed.map(\.key).sorted())
        let size = (0..<count).reduce(0) { $0 + $1 % 90 }
        #expect(listed.reduce(0) { $0 + Int($1.sizeInBytes) } == size)
        // MinIO's pages are larger; Swift refuses some lists at busy times, and is asked again.
        #expect(meter.traffic.lists >= 1)
        #expect(meter.traffic.lists <= 3 || service == .real(.swift))
        let (dead, kept) = (listed.dropLast(7).map(\.key), listed.suffix(7))
        try store.delete(dead)
        #expect(meter.traffic.deletes == 3)
        #expect(try store.list(prefix: "") == Array(kept))
        #expect(meter.traffic.puts == UInt64(count))
    }

    @Test(arguments: S3Service.real + [.standIn(.cos)])
    func `a large object comes back whole and in parts`(_ service: S3Service) throws {
        let size = 40 * 1024 * 1024
        var bytes = [UInt8](repeating: 0, count: size)
        // Another byte in each place that a cut or a mix-up would move.
        for place in stride(from: 0, to: size, by: 4099) {
            bytes[place] = UInt8(truncatingIfNeeded: place >> 12 | 1)
        }
        let place = try S3Place(service)
        let store = try place.makeStore(root: place.freshRoot())
        let key = ObjectKey("packs/00/large")
        let middle = size / 3
        try store.put(
            key, ObjectBody(parts: [Array(bytes[..<middle]), [], Array(bytes[middle...])]))
        #expect(try store.head(key) == UInt64(size))
        let whole = try store.get(key, .whole).array == bytes
        #expect(whole)
        for (offset, length) in [(0, 1), (size - 5, 5), (middle - 10, 3 << 20), (4099, 9 << 20)] {
            let found = try store.get(key, .from(offset: UInt64(offset), length: length)).array
            let isRight = found == Array(bytes[offset..<offset + length])
            #expect(isRight, "\(length) bytes from \(offset) on")
        }
        let tail = try store.get(key, .last(length: 1 << 20)).array == bytes.suffix(1 << 20)
        #expect(tail)
        try store.delete([key])
    }
}

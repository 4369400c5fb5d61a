import ObjectStore
import TestSupport
import Testing

/// Every service keeps the promises of a store, seen through the real client.
struct ConformanceTests {
    /// A folder with every character that makes trouble in a URL, in XML or in a signature.
    static let oddName = "my folder/\u{E9}\u{65E5}\u{672C} & <b>'\"+%41?#=;*(~)"

    @Test(arguments: S3Service.tested)
    func `a service keeps the promises of a store`(_ service: S3Service) throws {
        let place = try S3Place(service)
        try checkStoreConformance(replacesAtomically: service.replacesAtomically) {
            try place.makeStore(root: place.freshRoot())
        }
    }

    @Test(arguments: S3Service.tested)
    func `any name can be a root path, and keeps others out`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let root = place.freshRoot()
        let odd = try place.makeStore(root: "\(root)/\(Self.oddName)")
        let neighbour = try place.makeStore(root: "\(root)/my folder/\u{E9}")
        let names = ["a", "packs/00/x", "packs/00/y", "snapshots/z"]
        for name in names {
            try odd.put(name, Array(name.utf8))
            try neighbour.put(name, [0])
        }
        #expect(try odd.names() == names)
        #expect(try odd.names("packs/") == ["packs/00/x", "packs/00/y"])
        for name in names { #expect(try odd.read(name) == Array(name.utf8)) }
        #expect(try odd.head(ObjectKey("packs/00/x")) == 10)
        try odd.delete(["a", "packs/00/x", "packs/00/y"].map { ObjectKey($0) })
        #expect(try odd.names() == ["snapshots/z"])
        #expect(try neighbour.names() == names)
    }

    @Test(arguments: slowKinds)
    func `a server keeps the promises of a store behind TLS`(_ kind: StorageServer.Kind) throws {
        let place = S3Place(try StorageServer(kind, hasTLS: true))
        #expect(place.endpoint.hasPrefix("https:"))
        try checkStoreConformance(replacesAtomically: place.service.replacesAtomically) {
            try place.makeStore(root: place.freshRoot())
        }
    }

    /// The quickest one in every run, all of them in slow ones.
    private static var slowKinds: [StorageServer.Kind] {
        let tested = StorageServer.Kind.tested
        let isSlow = tested.count > StorageServer.Kind.usual.count
        return isSlow ? tested : tested.filter { $0 == .minio }
    }
}

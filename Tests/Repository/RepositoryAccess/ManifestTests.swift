import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct ManifestTests {
    private var snapshots: Snapshots

    init() throws { snapshots = try Snapshots() }

    @Test(arguments: seeds(count: 8))
    func manifestsComeBackOldestFirst(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let manifests = generator.array(0...12) { $0.manifest() }
        for manifest in manifests { _ = try snapshots.repository.save(manifest) }
        let loaded = try snapshots.repository.loadManifests()
        #expect(loaded.damaged.isEmpty)
        let expected = manifests.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
        #expect(loaded.manifests == expected)
        for manifest in manifests {
            let found = try snapshots.repository.findSnapshot(
                manifest.id.description, SnapshotFilter())
            #expect(found == manifest)
        }
    }

    @Test mutating func damagedManifestsAreReportedApart() throws {
        let whole = try snapshots.save("aaaa", seconds: 1)
        let flipped = try snapshots.save("bbbb", seconds: 2)
        let short = try snapshots.save("cccc", seconds: 3)
        let newer = try snapshots.save("dddd", seconds: 4)
        try snapshots.store.flip(snapshots.key(of: flipped), bit: 1000)
        try snapshots.store.truncate(snapshots.key(of: short), to: 0)
        let text = String(
            decoding: try snapshots.store.read(snapshots.key(of: newer).description),
            as: UTF8.self)
        let changed = text.replacing("\"version\":1,", with: "\"version\":2,")
        snapshots.store.alter(snapshots.key(of: newer), Array(changed.utf8))
        let loaded = try snapshots.repository.loadManifests()
        #expect(loaded.manifests == [whole])
        #expect(loaded.damaged.map(\.key) == [flipped, short, newer].map(snapshots.key))
        #expect(loaded.damaged.allSatisfy { !$0.reason.isEmpty })
        let filter = SnapshotFilter()
        for (word, code) in [
            ("bbbb", .damaged), ("cccc", .damaged), ("dddd", .unsupported),
            ("latest", .unsupported),
        ] as [(String, RepositoryError.Code)] {
            #expect(throws: repositoryError(code)) {
                try snapshots.repository.findSnapshot(word, filter)
            }
        }
    }

    @Test mutating func aDamagedManifestIsNoParent() throws {
        let whole = try snapshots.save("aaaa", seconds: 1)
        let damaged = try snapshots.save("bbbb", seconds: 2)
        try snapshots.store.flip(snapshots.key(of: damaged), bit: 1000)
        #expect(try snapshots.repository.recentSnapshot(SnapshotFilter()) == whole)
    }

    @Test mutating func aManifestUnderAnotherNameIsDamage() throws {
        let manifest = try snapshots.save("aaaa", seconds: 1)
        let other = try snapshots.save("bbbb", seconds: 2)
        let bytes = try snapshots.store.read(snapshots.key(of: manifest).description)
        snapshots.store.alter(snapshots.key(of: other), bytes)
        let loaded = try snapshots.repository.loadManifests()
        #expect(loaded.manifests == [manifest])
        #expect(loaded.damaged.map(\.key) == [snapshots.key(of: other)])
    }

    @Test mutating func everyFlippedBitIsNoticed() throws {
        let manifest = try snapshots.save("aaaa", seconds: 1)
        let key = snapshots.key(of: manifest)
        for byte in 0..<Int(try snapshots.store.head(key)) {
            try snapshots.store.flip(key, bit: 8 * byte + byte % 8)
            #expect(throws: RepositoryError.self) {
                try snapshots.repository.findSnapshot("aaaa", SnapshotFilter())
            }
        }
    }

    @Test mutating func foreignObjectsAreNoSnapshots() throws {
        let manifest = try snapshots.save("aaaa", seconds: 1)
        for name in ["readme.txt", "20270115T080001Z-abc.json", "sub/x.json", "a.json"] {
            try snapshots.store.put("snapshots/" + name, [1])
        }
        let loaded = try snapshots.repository.loadManifests()
        #expect(loaded.manifests == [manifest])
        #expect(loaded.damaged.isEmpty)
        #expect(try snapshots.find("latest") == "aaaa".prefix { $0 != "0" })
    }

    @Test mutating func failuresOfTheStoreAreNoDamage() throws {
        try snapshots.save("aaaa", seconds: 1)
        let fault = FaultyStore.Fault(.get, call: 1, code: .permissionDenied)
        snapshots.store.set(fault)
        #expect(throws: storeError(.permissionDenied)) {
            try snapshots.repository.loadManifests()
        }
        snapshots.store.set(fault)
        #expect(throws: storeError(.permissionDenied)) {
            try snapshots.repository.recentSnapshot(SnapshotFilter())
        }
        snapshots.store.set(.init(.list, call: 1))
        #expect(throws: storeError(.inputOutput)) {
            try snapshots.repository.findSnapshot("aaaa", SnapshotFilter())
        }
    }
}

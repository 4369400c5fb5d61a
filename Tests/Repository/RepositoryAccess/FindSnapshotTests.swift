import ChunkStorage
import ObjectStore
import RepositoryAccess
import SnapshotModel
import TestSupport
import Testing

struct FindSnapshotTests {
    private var snapshots: Snapshots

    init() throws { snapshots = try Snapshots() }

    private func expectNone(
        _ word: String, _ filter: SnapshotFilter = SnapshotFilter(), because cause: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: RepositoryError.self, sourceLocation: sourceLocation) {
            try snapshots.repository.findSnapshot(word, filter)
        }
        #expect(error?.code == .noSnapshot, sourceLocation: sourceLocation)
        #expect(error?.message.contains(word) == true, sourceLocation: sourceLocation)
        #expect(error?.cause.contains(cause) == true, sourceLocation: sourceLocation)
    }

    @Test mutating func anIDOrAUniquePrefixNamesASnapshot() throws {
        for (seconds, id) in ["abcd1", "abcd2", "abce", "1234"].enumerated() {
            try snapshots.save(id, seconds: Int64(seconds))
        }
        #expect(try snapshots.find("1234") == "1234")
        #expect(try snapshots.find("abcd1") == "abcd1")
        #expect(try snapshots.find("abcd20000") == "abcd2")
        #expect(try snapshots.find("abce" + String(repeating: "0", count: 28)) == "abce")
        expectNone("abcd", because: "2 snapshots")
        expectNone("abcf", because: "no snapshot")
        expectNone("abcd3")
        expectNone("1234" + String(repeating: "0", count: 29))
    }

    @Test(arguments: [
        "", "a", "abc", "ABCD1", "abcx", "äbcd", "latest~", "latest~-1", "latest~x", "Latest",
        "latest1", "latest~1.5", "latest ~1", "latest~99999999999999999999", "../a", "abcd1\n",
    ])
    mutating func otherWordsNameNone(word: String) throws {
        try snapshots.save("abcd1", seconds: 0)
        expectNone(word)
    }

    @Test mutating func latestIsTheNewestAndItsNumberCountsBack() throws {
        for (id, seconds) in [("b", 20), ("a", 10), ("d", 40), ("c", 30)] as [(String, Int64)] {
            try snapshots.save(id, seconds: seconds * 100_000)
        }
        #expect(try snapshots.find("latest") == "d")
        #expect(try snapshots.find("latest~0") == "d")
        #expect(try snapshots.find("latest~1") == "c")
        #expect(try snapshots.find("latest~3") == "a")
        expectNone("latest~4", because: "only 4")
        expectNone("latest~\(Int.max)", because: "only 4")
    }

    @Test func withoutSnapshotsThereIsNoLatest() throws {
        expectNone("latest", because: "no snapshots")
        expectNone("latest~3", because: "no snapshots")
        expectNone("abcd")
        #expect(try snapshots.repository.recentSnapshot(SnapshotFilter()) == nil)
    }

    @Test mutating func withinOneSecondTheNanosecondsDecide() throws {
        try snapshots.save("f", seconds: 9, nanoseconds: 999_999_999)
        for (id, nanoseconds) in [("e", 1), ("a", 3), ("c", 2), ("b", 2)] as [(String, UInt32)] {
            try snapshots.save(id, seconds: 10, nanoseconds: nanoseconds)
        }
        let order = try (0..<5).map { try snapshots.find("latest~\($0)") }
        // Two at the same moment are told apart by their IDs.
        #expect(order == ["a", "c", "b", "e", "f"])
        let newest = try snapshots.repository.recentSnapshot(SnapshotFilter())
        #expect(newest?.id.description.first == "a")
    }

    @Test mutating func filtersDecideWhatLatestMeans() throws {
        try snapshots.save("a", seconds: 1, host: "one", tags: ["x", "y"], paths: ["/a", "/b"])
        try snapshots.save("b", seconds: 2, host: "two", tags: ["x"], paths: ["/b"])
        try snapshots.save("c", seconds: 3, host: "one", tags: [], paths: ["/b/c"])
        try snapshots.save("d", seconds: 4, host: "three", tags: ["z"], paths: [])
        var filter = SnapshotFilter()
        filter.host = "one"
        #expect(try snapshots.find("latest", filter) == "c")
        #expect(try snapshots.find("latest~1", filter) == "a")
        expectNone("latest~2", filter, because: "only 2")
        filter.path = Array("/b".utf8)
        #expect(try snapshots.find("latest", filter) == "a")
        filter.tags = ["y", "x"]
        #expect(try snapshots.find("latest", filter) == "a")
        filter.tags = ["y", "z"]
        expectNone("latest", filter, because: "filter")
        filter = SnapshotFilter()
        filter.tags = ["x"]
        #expect(try snapshots.find("latest", filter) == "b")
        filter = SnapshotFilter()
        filter.path = Array("/".utf8)
        expectNone("latest", filter, because: "filter")
        #expect(try snapshots.repository.recentSnapshot(filter) == nil)
    }

    @Test mutating func latestReadsTheManifestsOfTheLastSecondOnly() throws {
        for second in 0..<10 { try snapshots.save("\(second + 1)a", seconds: Int64(second)) }
        let recording = RecordingStore(snapshots.store)
        let repository = try Repository.open(in: recording)
        recording.clear()
        _ = try repository.findSnapshot("latest", SnapshotFilter())
        #expect(recording.calls.map(\.operation) == [.list, .get])
    }

    @Test(arguments: seeds(count: 20))
    mutating func `whatever the clock says, the same snapshot is the latest`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let day: Int64 = 24 * 3600
        for number in 0..<generator.number(in: 0...40) {
            try snapshots.save(
                "\(number + 10)a", seconds: Int64(generator.number(in: 0...400)) * day / 100,
                host: generator.pick(["one", "two"]))
        }
        for _ in 0..<40 {
            let now = Timestamp(
                seconds: generator.oneIn(10)
                    ? generator.pick([.min, 0, 1, .max])
                    : 1_800_000_000 + Int64(generator.number(in: -300...700)) * day / 100,
                nanoseconds: 0)
            var filter = SnapshotFilter()
            if generator.oneIn(2) { filter.host = generator.pick(["one", "two", "none"]) }
            let word = generator.pick(["latest", "latest~1", "latest~17"])
            let repository = snapshots.repository
            func find(_ now: Timestamp?) throws -> SnapshotID? {
                do {
                    return try repository.findSnapshot(word, filter, now: now).id
                } catch let error as RepositoryError where error.code == .noSnapshot {
                    return nil
                }
            }
            #expect(try find(now) == find(nil), "\(word) at \(now.seconds)")
            let newest = SnapshotFilter()
            #expect(
                try repository.recentSnapshot(newest, now: now)?.id
                    == repository.recentSnapshot(newest)?.id)
        }
    }

    @Test mutating func `old snapshots are not listed for the latest one`() throws {
        for day in 0..<30 { try snapshots.save("\(day + 10)a", seconds: Int64(day) * 24 * 3600) }
        let recording = RecordingStore(snapshots.store)
        let repository = try Repository.open(in: recording)
        recording.clear()
        let now = Timestamp(seconds: 1_800_000_000 + 29 * 24 * 3600 + 60, nanoseconds: 0)
        _ = try repository.findSnapshot("latest", SnapshotFilter(), now: now)
        #expect(lists(recording) == [2])
        recording.clear()
        // A week later nothing is found there.
        let week = Timestamp(seconds: now.seconds + 7 * 24 * 3600, nanoseconds: 0)
        #expect(try repository.recentSnapshot(SnapshotFilter(), now: week) != nil)
        #expect(lists(recording) == [2, 1])
        #expect(recording.calls.count { $0.operation == .get } == 1)
    }

    /// How many names each LIST was given: a prefix, and where to begin.
    private func lists(_ recording: RecordingStore) -> [Int] {
        recording.calls.filter { $0.operation == .list }.map(\.subjects.count)
    }

    @Test mutating func aSnapshotThatWasForgottenMeanwhileIsPassedOver() throws {
        try snapshots.save("abcd", seconds: 1)
        let newest = try snapshots.save("bbbb", seconds: 2)
        snapshots.store.lose(snapshots.key(of: newest))
        #expect(try snapshots.find("latest") == "abcd")
        expectNone("bbbb")
        #expect(try snapshots.repository.loadManifests().manifests.count == 1)
    }
}

import ChunkStorage
import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Forgetting by name.
struct NamingTests {
    private var history: History

    init() throws {
        history = try History()
        for second in 0..<4 { try history.save(at: Int64(second), host: "host\(second)") }
    }

    private func forget(
        _ words: [String], _ filter: SnapshotFilter = SnapshotFilter()
    ) throws
        -> ForgetPlan
    {
        let forgetter = Forgetter(history.repository)
        let plan = try forgetter.plan(naming: words, filter)
        try forgetter.carryOut(plan)
        return plan
    }

    private func left() throws -> Set<String> { try history.names(ObjectNames.snapshots) }

    private func word(_ number: Int, digits: Int = 32) -> String {
        String("\(history.manifests[number].id)".prefix(digits))
    }

    @Test func `IDs, prefixes and latest name what is forgotten, at the same moment`() throws {
        // "latest~1" means the one before the newest of the beginning, though that goes as well.
        let plan = try forget([word(0), word(0, digits: 12), "latest", "latest~1"])
        #expect(plan.forgottenCount == 3)
        #expect(plan.keptCount == 0)
        #expect(try left() == [History.name(history.manifests[1])])
        #expect(try history.names(ObjectNames.forgotten).count == 3)
    }

    @Test func `filters choose what latest is`() throws {
        var filter = SnapshotFilter()
        filter.host = "host1"
        _ = try forget(["latest"], filter)
        #expect(!(try left().contains(History.name(history.manifests[1]))))
        #expect(try left().count == 3)
    }

    @Test(arguments: ["ffffffffffff", "abc", "", "latest~9", "../x", "0000:path"])
    func `a word that names nothing changes nothing`(wrong: String) throws {
        let before = try history.store.list(prefix: "")
        #expect(throws: RepositoryError.self) { try forget([word(0), wrong]) }
        #expect(throws: RepositoryError.self) { try forget([wrong, word(0)]) }
        #expect(try history.store.list(prefix: "") == before)
    }

    @Test mutating func `an ambiguous prefix and a damaged manifest change nothing`() throws {
        // Snapshots are planted until two of them share four digits of their IDs.
        var seen: Set<String> = []
        var twice: String?
        while twice == nil {
            let digits = String("\(try history.save(at: 10).id)".prefix(4))
            if !seen.insert(digits).inserted { twice = digits }
        }
        let before = try history.store.list(prefix: "")
        let error = #expect(throws: RepositoryError.self) {
            try forget([word(0), try #require(twice)])
        }
        #expect(error?.code == .noSnapshot)
        #expect(error?.cause.contains("2 snapshots") == true)
        let faulty = FaultyStore(history.store)
        try faulty.truncate(
            ObjectKey(ObjectNames.snapshots + History.name(history.manifests[2])), to: 50)
        let forgetter = Forgetter(try Repository.open(in: faulty))
        let damage = #expect(throws: RepositoryError.self) {
            try forgetter.plan(naming: [word(0), word(2)], SnapshotFilter())
        }
        #expect(damage?.code == .damaged)
        #expect(try history.store.list(prefix: "") == before)
    }

    @Test func `one listing serves any number of words`() throws {
        let recording = RecordingStore(history.store)
        let forgetter = Forgetter(try Repository.open(in: recording))
        recording.clear()
        let words = (0..<4).map { word($0) }
        _ = try forgetter.plan(naming: words, SnapshotFilter())
        #expect(recording.calls.count { $0.operation == .list } == 1)
        #expect(recording.calls.count { $0.operation == .get } == 4)
        recording.clear()
        #expect(throws: RepositoryError.self) {
            try forgetter.plan(naming: words + ["xyz"], SnapshotFilter())
        }
        // What is no name at all is found out before anything is asked.
        #expect(recording.calls.isEmpty)
    }
}

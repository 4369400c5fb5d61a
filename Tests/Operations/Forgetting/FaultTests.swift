import ChunkStorage
import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Retention
import SnapshotModel
import TestSupport
import Testing

/// A store that fails, a process that dies, somebody who does the same.
struct FaultTests {
    /// The bytes of each manifest of a history, by its name.
    private static func documents(_ history: History) throws -> [String: [UInt8]] {
        var documents: [String: [UInt8]] = [:]
        for name in try history.names(ObjectNames.snapshots) {
            documents[name] = try history.store.read(ObjectNames.snapshots + name)
        }
        return documents
    }

    /// Each snapshot has its manifest, or the copy, or both, byte for byte.
    private static func expectNothingLost(
        _ history: History, _ documents: [String: [UInt8]], _ comment: Comment
    ) throws {
        let folders = [ObjectNames.snapshots, ObjectNames.forgotten]
        for (name, bytes) in documents {
            let found = try folders.filter { try history.names($0).contains(name) }
            #expect(!found.isEmpty, comment)
            for folder in found { #expect(try history.store.read(folder + name) == bytes, comment) }
        }
        #expect(try history.names(ObjectNames.snapshots).isSubset(of: documents.keys), comment)
        #expect(try history.names(ObjectNames.forgotten).isSubset(of: documents.keys), comment)
    }

    private static let change: @Sendable (inout ForgetSettings) -> Void = { settings in
        settings.policy.last = .atMost(1)
    }

    @Test(arguments: seeds(count: 3), FaultyStore.Fault.Timing.allCases)
    func `whichever request is the last one, nothing is lost, and the next run completes it`(
        seed: UInt64, timing: FaultyStore.Fault.Timing
    ) throws {
        var expected: Set<String>?
        for call in 1... {
            var history = try History(seed: seed)
            try history.grow(12)
            let documents = try Self.documents(history)
            // Deletes are counted one by one: a bucket may do a part of them.
            let faulty = FaultyStore(history.store)
            let forgetter = Forgetter(try Repository.open(in: StepwiseStore(faulty)))
            faulty.set(.init(call: call, isPermanent: true, timing: timing))
            var isFailed = false
            do {
                try forgetter.carryOut(try history.makePlan(forgetter, Self.change))
            } catch {
                isFailed = true
                #expect(error is StoreError || error is ForgetError)
            }
            #expect(isFailed == faulty.hasFailed)
            try Self.expectNothingLost(history, documents, "call \(call)")
            try history.forget(Self.change)
            try Self.expectNothingLost(history, documents, "call \(call), again")
            let left = try history.names(ObjectNames.snapshots)
            #expect(left == expected ?? left, "call \(call)")
            expected = left
            // What is kept may have a copy in no case.
            let copies = try history.names(ObjectNames.forgotten)
            #expect(copies == Set(documents.keys).subtracting(left), "call \(call)")
            if !isFailed { break }
        }
    }

    @Test func `a failure says how much is forgotten for certain`() throws {
        var history = try History()
        for second in 0..<1100 { try history.save(at: Int64(second)) }
        let faulty = FaultyStore(history.store)
        faulty.set(.init(.delete, call: 2, code: .permissionDenied))
        let error = #expect(throws: ForgetError.self) {
            try history.forget(through: faulty, Self.change)
        }
        #expect(error?.code == .unfinished)
        #expect(error?.forgottenCount == 1000)
        #expect(error?.totalCount == 1099)
        #expect(error?.cause?.code == .permissionDenied)
        #expect(error?.cause?.operation == .delete)
        #expect(try history.names(ObjectNames.snapshots).count == 100)
    }

    @Test func `nothing is deleted before its copy was answered`() throws {
        var history = try History()
        try history.grow(20)
        let recording = RecordingStore(history.store)
        try history.forget(through: recording, Self.change)
        var copied: Set<String> = []
        for call in recording.calls {
            switch call.operation {
            case .put: copied.insert(String(call.subjects[0].dropFirst("forgotten/".count)))
            case .delete:
                let names = call.subjects.map { String($0.dropFirst("snapshots/".count)) }
                #expect(copied.isSuperset(of: names))
                #expect(call.subjects.allSatisfy { $0.hasPrefix("snapshots/") })
            default: break
            }
        }
        #expect(!copied.isEmpty)
        // A PUT that fails leaves the manifest where it is.
        let faulty = FaultyStore(history.store)
        try history.grow(20)
        let before = try history.names(ObjectNames.snapshots)
        faulty.set(.init(.put, call: 3))
        #expect(throws: ForgetError.self) { try history.forget(through: faulty, Self.change) }
        #expect(try history.names(ObjectNames.snapshots) == before)
    }

    @Test func `what somebody else forgets meanwhile counts as forgotten`() throws {
        var history = try History()
        try history.grow(10)
        let forgetter = Forgetter(history.repository)
        let plan = try history.makePlan(forgetter, Self.change)
        try history.forget(Self.change)
        let before = try history.store.list(prefix: "")
        let recording = RecordingStore(history.store)
        try Forgetter(try Repository.open(in: recording)).carryOut(plan)
        #expect(try history.store.list(prefix: "") == before)
        #expect(recording.calls.allSatisfy { $0.operation == .get })
    }

    @Test func `a manifest that was damaged since the plan was made stays`() throws {
        var history = try History()
        let first = try history.save(at: 0)
        try history.save(at: 1)
        let faulty = FaultyStore(history.store)
        let forgetter = Forgetter(try Repository.open(in: faulty))
        let plan = try history.makePlan(forgetter, Self.change)
        try faulty.flip(ObjectKey(ObjectNames.snapshots + History.name(first)), bit: 999)
        let error = #expect(throws: RepositoryError.self) { try forgetter.carryOut(plan) }
        #expect(error?.code == .damaged)
        #expect(try history.names(ObjectNames.snapshots).count == 2)
        #expect(try history.names(ObjectNames.forgotten).isEmpty)
    }

    @Test func `a copy that is there already is written anew`() throws {
        var history = try History()
        let first = try history.save(at: 0)
        try history.save(at: 1)
        let copy = ObjectNames.forgotten + History.name(first)
        try history.store.put(copy, [1, 2, 3])
        let document = try history.store.read(ObjectNames.snapshots + History.name(first))
        try history.forget(Self.change)
        #expect(try history.store.read(copy) == document)
    }
}

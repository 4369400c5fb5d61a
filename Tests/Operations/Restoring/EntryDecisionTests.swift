import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

@testable import Restoring

/// What becomes of an entry, given everything that was found out about the target.
struct EntryDecisionTests {
    private let directory: TemporaryDirectory
    private let status: FileStatus
    private let name = Array("entry".utf8)

    init() throws {
        directory = try TemporaryDirectory(isInMemory: true)
        let path = DiskPath(directory.appending("entry"))
        try path.write([1, 2, 3])
        status = try path.status()
    }

    private func file(seed: UInt64) -> EntryKind {
        var generator = SeededGenerator(seed: seed)
        return .file(Content(sizeInBytes: 3, levels: 0, chunks: [generator.chunkID()]))
    }

    private func entry(_ kind: EntryKind, seconds: Int64 = 1) -> Entry {
        let metadata = status.metadata
        let modified = Timestamp(
            seconds: metadata.modified.seconds + seconds,
            nanoseconds: metadata.modified.nanoseconds)
        return Entry(
            name: FileName("entry"), kind: kind,
            metadata: Metadata(
                mode: metadata.mode, userID: metadata.userID, groupID: metadata.groupID,
                modified: modified))
    }

    private func decide(
        _ memory: LocalEntry.Memory, _ policy: OverwritePolicy = .ifChanged, seconds: Int64 = 1,
        same: FileStatus? = nil, stored: FileStatus? = nil
    ) -> String {
        let decider = EntryDecider(
            rule: OverwriteRule(policy: policy), sameFiles: same.map { [name: $0] } ?? [:],
            storedFiles: stored.map { [name: $0] } ?? [:])
        let local = LocalEntry(status: status, memory: memory)
        return "\(decider.decide(entry(file(seed: 1), seconds: seconds), local, path: name))"
    }

    private let replaced = "replace(isConflict: false)"
    private let conflict = "replace(isConflict: true)"

    /// The same file after somebody was at it.
    private func changedStatus() throws -> FileStatus {
        try waitForTick(in: directory.path)
        try DiskPath(directory.appending("entry")).write([4, 5, 6])
        return try DiskPath(directory.appending("entry")).status()
    }

    @Test func `nothing is made where nothing stands`() {
        let decider = EntryDecider(rule: OverwriteRule(policy: .never))
        #expect("\(decider.decide(entry(file(seed: 1)), nil, path: name))" == "make")
    }

    @Test func `a remembered file that nobody has changed gives way silently`() {
        #expect(decide(.unchanged(file(seed: 2))) == replaced)
        #expect(decide(.unchanged(file(seed: 1))) == "keep(needsMetadata: true)")
        #expect(decide(.unchanged(file(seed: 1)), seconds: 0) == "keep(needsMetadata: false)")
    }

    @Test func `a file that was changed here is a conflict, also when its bytes are stored`() {
        #expect(decide(.changed) == conflict)
        #expect(decide(.changed, stored: status) == conflict)
    }

    @Test func `without memory a file gives way only if it is stored`() {
        #expect(decide(.none) == conflict)
        #expect(decide(.none, stored: status) == replaced)
    }

    @Test func `a file that was read and is the snapshot's is kept`() {
        for policy in OverwritePolicy.allCases {
            let mayAdjust = policy != .never
            let kept = "keep(needsMetadata: \(mayAdjust))"
            #expect(decide(.changed, policy, same: status) == kept)
            #expect(decide(.none, policy, same: status) == kept)
        }
    }

    @Test func `what was found out about a file does not hold once it has changed`() throws {
        let old = status
        let changed = try changedStatus()
        #expect(!changed.hasSameContentStamps(as: old))
        #expect(decide(.changed, same: changed) == conflict)
        #expect(decide(.none, stored: changed) == conflict)
        #expect(decide(.none, same: changed, stored: changed) == conflict)
    }

    @Test func `policies that leave things leave them`() {
        #expect(decide(.unchanged(file(seed: 2)), .never) == "leave")
        #expect(decide(.changed, .never) == "leave")
        #expect(decide(.changed, .ifNewer, seconds: -1) == "leave")
        #expect(decide(.changed, .ifNewer, seconds: 1) == conflict)
    }
}

import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

@testable import Restoring

/// Decisions about entries that stand on both sides, one by one and without any disk.
struct OverwriteRuleTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    private var path: DiskPath { DiskPath(directory.appending("entry")) }

    private func entry(_ kind: EntryKind, _ status: FileStatus, seconds: Int64 = 0) -> Entry {
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

    private func file(_ size: UInt64, seed: UInt64 = 1) -> EntryKind {
        var generator = SeededGenerator(seed: seed)
        return .file(Content(sizeInBytes: size, levels: 0, chunks: [generator.chunkID()]))
    }

    @Test func `files are alike by what is remembered, else by size and time`() throws {
        try path.write([1, 2, 3])
        let status = try path.status()
        for policy in OverwritePolicy.allCases {
            let rule = OverwriteRule(policy: policy)
            func likeness(
                _ kind: EntryKind, _ memory: LocalEntry.Memory, seconds: Int64 = 0
            ) -> Likeness {
                rule.likeness(
                    entry(kind, status, seconds: seconds),
                    LocalEntry(status: status, memory: memory))
            }
            let isAlways = policy == .always
            #expect(likeness(file(4), .unchanged(file(4))) == .different)
            #expect(likeness(file(3), .none) == (isAlways ? .unsure : .same))
            #expect(likeness(file(3), .none, seconds: 1) == .unsure)
            // Somebody was at it.
            #expect(likeness(file(3), .changed) == .unsure)
            #expect(likeness(file(3), .unchanged(file(3))) == (isAlways ? .unsure : .same))
            // The time says nothing against what is remembered.
            #expect(
                likeness(file(3), .unchanged(file(3)), seconds: 1) == (isAlways ? .unsure : .same))
            #expect(
                likeness(file(3), .unchanged(file(3, seed: 2)))
                    == (isAlways ? .unsure : .different))
        }
    }

    @Test func `empty files are alike whatever is remembered`() throws {
        try path.write([])
        let status = try path.status()
        for policy in OverwritePolicy.allCases {
            for memory in [LocalEntry.Memory.none, .changed, .unchanged(.file(.empty))] {
                let likeness = OverwriteRule(policy: policy).likeness(
                    entry(.file(.empty), status, seconds: 9),
                    LocalEntry(status: status, memory: memory))
                #expect(likeness == .same)
            }
        }
    }

    @Test func `links are alike by where they lead, other kinds by themselves`() throws {
        let rule = OverwriteRule(policy: .ifChanged)
        try path.makeLink(to: [0x61])
        let link = LocalEntry(status: try path.status(), memory: .none, linkTarget: [0x61])
        #expect(rule.likeness(entry(.symlink(target: [0x61]), link.status), link) == .same)
        #expect(rule.likeness(entry(.symlink(target: [0x62]), link.status), link) == .different)
        #expect(rule.likeness(entry(.fifo, link.status), link) == .different)
        try path.remove()
        try path.makePipe()
        let pipe = LocalEntry(status: try path.status(), memory: .none)
        #expect(rule.likeness(entry(.fifo, pipe.status), pipe) == .same)
        #expect(rule.likeness(entry(.file(.empty), pipe.status), pipe) == .different)
        #expect(rule.likeness(entry(.directory(.empty), pipe.status), pipe) == .different)
        let zero = LocalEntry(
            status: try FileStatus.of(path: Array("/dev/zero".utf8), followsLinks: false),
            memory: .none)
        let (right, wrong) = (DeviceNumber(major: 1, minor: 5), DeviceNumber(major: 1, minor: 3))
        #expect(rule.likeness(entry(.characterDevice(right), zero.status), zero) == .same)
        #expect(rule.likeness(entry(.characterDevice(wrong), zero.status), zero) == .different)
        #expect(rule.likeness(entry(.blockDevice(right), zero.status), zero) == .different)
    }

    @Test func `what differs gives way, stays, or is a conflict`() throws {
        try path.write([1, 2, 3])
        let local = LocalEntry(status: try path.status(), memory: .changed)
        for isExpendable in [false, true] {
            let usual: Verdict = isExpendable ? .replace : .conflict
            for (policy, older, equal, newer) in [
                (OverwritePolicy.always, usual, usual, usual),
                (.ifChanged, usual, usual, usual), (.ifNewer, .leave, .leave, usual),
                (.never, .leave, .leave, .leave),
            ] {
                for (seconds, expected) in [(Int64(-1), older), (0, equal), (1, newer)] {
                    let verdict = OverwriteRule(policy: policy).verdict(
                        entry(file(7), local.status, seconds: seconds), local,
                        isExpendable: isExpendable)
                    #expect(verdict == expected, "\(policy) \(seconds)")
                }
            }
        }
    }

    @Test func `metadata is adjusted as the policy says`() throws {
        try path.write([1])
        let local = LocalEntry(status: try path.status(), memory: .none)
        for (policy, older, newer) in [
            (OverwritePolicy.always, true, true), (.ifChanged, true, true),
            (.ifNewer, false, true), (.never, false, false),
        ] {
            let rule = OverwriteRule(policy: policy)
            #expect(rule.mayAdjust(entry(file(1), local.status, seconds: -1), local) == older)
            #expect(rule.mayAdjust(entry(file(1), local.status, seconds: 1), local) == newer)
        }
    }

    @Test func `mode and time are compared, but not the mode of links`() throws {
        try path.write([1])
        let status = try path.status()
        #expect(!OwnerRule().needsMetadata(status.metadata, status))
        #expect(OwnerRule().needsMetadata(changed(status, mode: 0o111), status))
        #expect(OwnerRule().needsMetadata(changed(status, seconds: 1), status))
        try path.remove()
        try path.makeLink(to: [0x61])
        let link = try path.status()
        #expect(!OwnerRule().needsMetadata(changed(link, mode: 0o111), link))
        #expect(OwnerRule().needsMetadata(changed(link, seconds: 1), link))
    }

    private func changed(
        _ status: FileStatus, mode: UInt16 = 0, seconds: Int64 = 0
    ) -> Metadata {
        Metadata(
            mode: status.permissions ^ mode, userID: status.userID, groupID: status.groupID,
            modified: Timestamp(
                seconds: status.modified.seconds + seconds,
                nanoseconds: status.modified.nanoseconds))
    }

    @Test func `only what has bytes or a target can be lost`() throws {
        func isWithoutContent(_ make: () throws -> Void) throws -> Bool {
            try make()
            defer { try? path.remove() }
            return LocalEntry(status: try path.status(), memory: .none).isWithoutContent
        }
        #expect(try isWithoutContent { try path.write([]) })
        #expect(try isWithoutContent { try path.makePipe() })
        #expect(try !isWithoutContent { try path.write([1]) })
        #expect(try !isWithoutContent { try path.makeLink(to: [0x61]) })
        #expect(try !isWithoutContent { try path.makeDirectory() })
    }
}

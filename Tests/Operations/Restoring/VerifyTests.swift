import FileHandles
import ObjectStore
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

@testable import Restoring

/// What is read back is compared with the snapshot.
struct VerifyTests {
    private let sandbox: Sandbox
    private let id: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 6, averageChunkInBytes: 4096)
        var generator = SeededGenerator(seed: 6)
        try sandbox.source.appending("folder").makeDirectory()
        try sandbox.source.appending("folder/a").write(generator.bytes(20_000))
        try sandbox.source.appending("b").write(generator.bytes(40_000))
        try sandbox.source.appending("c").write([])
        try sandbox.source.appending("link").makeLink(to: [0x61])
        id = try sandbox.snapshot().report.id
    }

    /// Restores, and changes the target when everything is written, before it is read back.
    private func restore(
        _ change: @escaping @Sendable (DiskPath) throws -> Void
    ) throws -> RestoreRun {
        let target = sandbox.freshPath()
        let isDone = Mutex(false)
        return try sandbox.restore(id, to: target) { settings in
            settings.verifies = true
        } onEvent: { event in
            guard case .progress(let counts) = event, counts.files == 3, counts.others == 1 else {
                return
            }
            let isFirst = isDone.withLock { isDone in
                defer { isDone = true }
                return !isDone
            }
            if isFirst { #expect(throws: Never.self) { try change(target) } }
        }
    }

    @Test func `a restore without a fault is verified`() throws {
        let run = try restore { _ in }
        #expect(run.problems == [])
        #expect(run.counts.verified == 3)
    }

    @Test(arguments: ["folder/a", "b"], [0, 9_999, 19_999])
    func `one wrong byte is found`(name: String, position: Int) throws {
        let run = try restore { target in
            let file = target.appending(name)
            let byte = try file.read()[position]
            try file.overwrite([byte ^ 0x20], at: UInt64(position))
        }
        #expect(run.problems == ["\(name): other bytes are read back than were written"])
    }

    @Test func `files that are longer, shorter or gone are found`() throws {
        let run = try restore { target in
            try target.appending("b").truncate(to: 39_999)
            try target.appending("c").write([1])
            try target.appending("folder/a").remove()
            try target.appending("link").remove()
            try target.appending("link").makeLink(to: [0x62])
        }
        #expect(
            run.problems.sorted() == [
                "b: other bytes are read back than were written",
                "c: other bytes are read back than were written",
                "folder/a: cannot be read back: No such file or directory",
                "link: another target is read back",
            ])
    }

    @Test func `what the policy has left is not verified, and what has failed is named once`()
        throws
    {
        let target = sandbox.freshPath()
        _ = try sandbox.restore(id, to: target)
        try target.appending("b").write([1])
        let run = try sandbox.restore(id, to: target) { settings in
            settings.overwrite = .never
            settings.verifies = true
        }
        #expect(run.problems == [])
        #expect(run.counts.verified == 2)
    }

    @Test func `a file that only looks the same is found`() throws {
        let target = sandbox.freshPath()
        _ = try sandbox.restore(id, to: target)
        let file = target.appending("b")
        let time = try file.status().modified
        try file.overwrite([1, 2, 3], at: 5_000)
        try file.setModified(time)
        // Without memory size and time are all that there is to compare.
        let run = try sandbox.restore(id, to: target) { $0.verifies = true }
        #expect(run.problems == ["b: other bytes are read back than were written"])
    }
}

import FileHandles
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Changes that time stamps cannot show.
struct RacyTests {
    private let sandbox: Sandbox
    private let file: DiskPath

    init() throws {
        sandbox = try Sandbox()
        file = sandbox.source.appending("file")
    }

    private func restoredFile(_ id: SnapshotID) throws -> [UInt8] {
        try sandbox.restore(id).target.appending("file").read()
    }

    @Test func `a file changed right after it was read, at equal size, is read again`() throws {
        // Many times: each time the write may or may not fall into the tick of the first.
        for number in 0..<20 {
            try file.write(Array("before \(number) ".utf8))
            let time = try file.status().modified
            _ = try sandbox.snapshot(.now)
            let after = Array("after! \(number) ".utf8)
            try file.overwrite(after, at: 0)
            try file.setModified(time)
            let run = try sandbox.snapshot(.now)
            #expect(try restoredFile(run.report.id).starts(with: after))
        }
    }

    @Test func `a file whose change is fresh is not trusted, once it has settled it is`() throws {
        // On a busy machine the change may have settled before the run begins.
        repeat { try file.write(Array("content".utf8)) } while try !isFresh(at: snapshotNow())
        let second = try sandbox.snapshot(.now)
        #expect(second.report.readFiles == 1)
        let isFresh = try isFresh(at: sandbox.manifest(second.report.id).time)
        #expect(try sandbox.snapshot(.later).report.readFiles == (isFresh ? 1 : 0))
        #expect(try sandbox.snapshot(.later).report.readFiles == 0)
        #expect(try sandbox.snapshot(.now).report.readFiles == 0)
    }

    @Test func `an old modification time does not make a fresh file trusted`() throws {
        repeat {
            try file.write(Array("content".utf8))
            try file.setModified(FileStatus.Time(seconds: 1_000_000, nanoseconds: 0))
        } while try !isFresh(at: snapshotNow())
        #expect(try sandbox.snapshot(.now).report.readFiles == 1)
    }

    /// Makes a snapshot.
    /// - Returns: when it began.
    private func snapshotNow() throws -> Timestamp {
        try sandbox.manifest(sandbox.snapshot(.now).report.id).time
    }

    /// Whether the file was changed within the last tick of its clock.
    private func isFresh(at time: Timestamp) throws -> Bool {
        let changed = try file.status().changed
        let seconds = time.seconds - changed.seconds
        return seconds * 1_000_000_000 + Int64(time.nanoseconds) - Int64(changed.nanoseconds)
            <= 20_000_000
    }

    @Test func `a file that was torn is not trusted`() throws {
        try file.write(Array("content".utf8))
        let torn = try sandbox.snapshot { _ in
        } onRead: { moment, path in
            guard moment == .afterRead else { return }
            // Longer each time.
            #expect(throws: Never.self) {
                try path.overwrite([1], at: path.status().sizeInBytes)
            }
        }
        #expect(torn.report.unreadableCount == 1)
        #expect(try sandbox.snapshot().report.readFiles == 1)
    }
}

package import SnapshotModel
import Snapshotting

extension Sandbox {
    /// The roots of two snapshots of a folder: of one that believes what the machine remembers, and
    /// of one that reads everything.
    package func rootsOfTarget(_ target: DiskPath) throws -> [RootEntry] {
        let cached = try snapshot { $0.sources = [target.bytes] }
        let empty = freshPath("empty-cache")
        let read = try snapshot { settings in
            settings.sources = [target.bytes]
            settings.cacheDirectory = empty.bytes
        }
        return try [cached.report.id, read.report.id].map { try manifest($0).root }
    }
}

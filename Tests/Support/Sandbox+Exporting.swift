import ChunkStorage
package import Exporting
package import ObjectStore
import RepositoryAccess
package import SnapshotModel
import Synchronization

/// What an export has done and written.
package struct ExportRun: Sendable {
    /// The result.
    package let counts: ExportCounts
    /// The paths that are missing, or not complete.
    package let failed: [[UInt8]]
    /// The paths that are damaged.
    package let damaged: [[UInt8]]
    /// The tar stream.
    package let stream: [UInt8]

    /// Extracts the stream with GNU tar.
    /// - Returns: what tar says; empty when all is well.
    package func extract(to target: DiskPath) throws -> String {
        try target.makeDirectory()
        let options = ["--xattrs", "--xattrs-include=*", "--numeric-owner", "-p"]
        let run = try Command(["tar", "-x", "-C", target.text] + options, input: stream)
        return run.exitCode == 0 ? "" : "tar: \(run.exitCode)\n\(run.error)"
    }
}

extension Sandbox {
    /// Exports a snapshot.
    /// - Parameters:
    ///   - path: what to export; empty for everything.
    ///   - store: what stands between the run and the store; `nil` for nothing.
    ///   - change: changes the settings.
    ///   - output: called with each piece of the stream.
    package func export(
        _ id: SnapshotID, path: String = "", through store: (any ObjectStore)? = nil,
        change: (inout ExportSettings) -> Void = { _ in },
        output: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void = { _ in }
    ) throws -> ExportRun {
        let manifest = try manifest(id)
        let repository = try open(through: store)
        let index = try repository.openIndex()
        let names = path.split(separator: "/").map { FileName(String($0)) }
        let reader = TreeReader(
            try ChunkLoader(repository.makeLoaders(for: manifest, index)))
        let entry = try reader.entry(at: names, in: manifest.root)
        var settings = ExportSettings.network
        change(&settings)
        let events = Mutex<[ExportEvent]>([])
        let stream = Mutex<[UInt8]>([])
        let exporter = Exporter(repository: repository, index: index, settings: settings) { event in
            if case .progress = event { return }
            events.withLock { $0.append(event) }
        }
        let counts = try exporter.export(entry, at: names, of: manifest) { bytes in
            try output(bytes)
            stream.withLock { $0 += bytes }
        }
        let all = events.withLock { $0 }
        return ExportRun(
            counts: counts,
            failed: all.compactMap { if case .failed(let path, _) = $0 { path } else { nil } },
            damaged: all.compactMap { if case .damaged(let path, _) = $0 { path } else { nil } },
            stream: stream.withLock { $0 })
    }

    /// What differs between a tree and what GNU tar makes of an export.
    package func exportDifferences(
        _ id: SnapshotID, path: String = "", from tree: DiskPath? = nil,
        through store: (any ObjectStore)? = nil,
        change: (inout ExportSettings) -> Void = { _ in }
    ) throws -> [String] {
        let run = try export(id, path: path, through: store, change: change)
        let target = freshPath("extracted")
        let told = try run.extract(to: target)
        defer { try? target.remove() }
        let problems = (run.failed + run.damaged).map { "not exported: \(DiskPath($0).text)" }
        return problems + (told.isEmpty ? [] : [told])
            + (try compareTrees(tree ?? source, target))
    }
}

// Writes a tree as a tar stream. The calling thread reads the listings, makes the headers and plans
// what to read (TreeExporter, ExportPlanner); other threads read ranges of packs and verify
// (ExportPipeline); one writes the stream in order (StreamWriter).

package import ChunkStorage
package import RepositoryAccess
package import SnapshotModel
import WorkerThreads

/// Exports snapshots of one repository.
package struct Exporter: Sendable {
    /// Blocks that are read one by one: of listings, and of chunks whose planned place has failed.
    private static let cacheInBytes = 16 * 1024 * 1024

    private let repository: Repository
    private let index: ChunkIndex
    private let settings: ExportSettings
    private let results: ExportResults

    /// - Parameter report: called from several threads.
    package init(
        repository: Repository, index: ChunkIndex, settings: ExportSettings,
        report: @escaping @Sendable (ExportEvent) -> Void
    ) {
        self.repository = repository
        self.index = index
        self.settings = settings
        results = ExportResults(report)
    }

    /// Writes a directory with all below it, or one entry, as a tar stream.
    ///
    /// Members of a directory are named from it on: `./`, `./name`, `./folder/name`. Anything else
    /// has its own name. The stream is whole whenever this returns; single paths that could not be
    /// written are reported.
    /// - Parameters:
    ///   - entry: what to export; a directory's name does not matter.
    ///   - path: where the entry is in the snapshot, for messages.
    ///   - manifest: the snapshot's, for the names of owners.
    ///   - output: takes the bytes of the stream, on a thread of its own; its error ends the run.
    /// - Throws: `RepositoryError` `.changed`, `.neverCompleted`; `StoreError`, `Interrupted`, what
    ///   `output` throws.
    package func export(
        _ entry: Entry, at path: [FileName], of manifest: Manifest,
        to output: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) throws -> ExportCounts {
        let shared = repository.makeLoaders(
            for: manifest, index, cacheInBytes: Self.cacheInBytes)
        let names = OwnerNames(manifest)
        try withThreads { threads in
            let pipeline = ExportPipeline(
                shared, settings, threads,
                makeWriter: { [settings, results] in
                    StreamWriter(settings, results, output: output)
                })
            let loader = try ChunkLoader(
                shared, metadataWindowInBytes: settings.metadataWindowInBytes)
            let tree = TreeExporter(
                entry, at: Array(path.map(\.bytes).joined(separator: [UInt8(ascii: "/")])), loader,
                names, settings, results, pipeline)
            try tree.export()
            pipeline.finish()
        }
        return results.current
    }
}

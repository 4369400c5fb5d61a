package import ChunkStorage
package import ObjectStore
package import RepositoryFormat
package import SnapshotModel
import Synchronization
import WorkerThreads

extension SeededGenerator {
    /// A session whose ID and nonces follow from the seed.
    package mutating func sessionIdentity() -> SessionIdentity {
        let nonces = Mutex(SeededGenerator(seed: next()))
        return SessionIdentity(id: SessionID(using: &self)) {
            nonces.withLock { Nonce(using: &$0) }
        }
    }
}

/// Saves chunks as a run does, and lists them in a table at the end.
///
/// - Parameters:
///   - index: what is known already; `nil` opens it anew.
///   - body: saves through streams of the saver, and flushes them.
package func saveChunks<Result>(
    to store: any ObjectStore, index: ChunkIndex? = nil, _ identity: SessionIdentity,
    compression: CompressionSetting = .zstd(level: 1), uploads: UploadSettings = .directory,
    adopted: [ChunkIndex.RecoveredPack] = [],
    willStore: @escaping @Sendable (PackID) -> Void = { _ in },
    _ body: (ChunkSaver) throws -> Result
) throws -> Result {
    let index = try index ?? store.openIndex()
    return try withThreads { threads in
        let saver = ChunkSaver(
            store: store, index: index, sessions: identity, compression: compression,
            uploads: uploads, adopted: adopted, threads: threads, willStore: willStore)
        let result = try body(saver)
        // When this gives false, the error of the uploading thread is what comes out.
        _ = try saver.finish()
        return result
    }
}

/// Saves chunks of data in the given order; each as often as it comes, but known ones.
/// - Returns: their names in the same order.
@discardableResult
package func saveChunks(
    _ chunks: [[UInt8]], to store: any ObjectStore, index: ChunkIndex? = nil,
    _ identity: SessionIdentity, compression: CompressionSetting = .zstd(level: 1)
) throws -> [ChunkID] {
    try saveChunks(to: store, index: index, identity, compression: compression) { saver in
        let stream = try saver.makeStream(.data)
        let ids = chunks.map { stream.save($0) }
        stream.flush()
        return ids
    }
}

extension ChunkStream {
    /// Saves a chunk that is an array.
    package func save(_ bytes: [UInt8]) -> ChunkID { bytes.withUnsafeBytes { save($0) } }
}

extension ChunkLoader {
    /// A copy of a chunk's bytes.
    package func load(_ id: ChunkID) throws -> [UInt8] { try load(id) { Array($0) } }

    /// All bytes of a file or a listing.
    package func read(_ content: Content) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try read(content) { bytes.append(contentsOf: $0) }
        return bytes
    }
}

extension ObjectStore {
    /// The index of the tables that a listing shows, not opened yet.
    package func makeIndex() throws -> ChunkIndex {
        ChunkIndex(try ChunkIndex.list(in: self), in: self)
    }

    /// The index of the tables that a listing shows.
    package func openIndex() throws -> ChunkIndex {
        let index = try makeIndex()
        try index.prepare()
        return index
    }

    /// A loader with an empty cache.
    package func makeLoader(_ index: ChunkIndex? = nil) throws -> ChunkLoader {
        try ChunkLoader(ChunkLoader.Shared(store: self, index: index ?? openIndex()))
    }

    /// What the trailers of all packs tell.
    package func packContents() throws -> [PackContents] {
        try names(ObjectNames.packs).compactMap { ObjectNames.packID($0) }
            .map { try PackReader.contents(of: $0, in: self).contents }
    }
}

/// What `#expect(throws:)` compares with: errors are equal when their codes are.
package func repositoryError(_ code: RepositoryError.Code) -> RepositoryError {
    RepositoryError(code, "", cause: "")
}

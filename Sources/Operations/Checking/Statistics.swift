import ChunkStorage
import ObjectStore
package import RepositoryAccess
import RepositoryFormat
package import SnapshotModel

/// What a repository holds, and what it takes.
package struct RepositoryStatistics: Sendable {
    /// Snapshots that can be read.
    package var snapshots: UInt64 = 0
    /// The sizes of all files of all snapshots, as if nothing were shared.
    package var snapshotBytes: UInt64 = 0
    /// Packs in the store.
    package var packs: UInt64 = 0
    /// Bytes of all packs.
    package var packBytes: UInt64 = 0
    /// Index tables in the store.
    package var tables: UInt64 = 0
    /// Bytes of all index tables.
    package var tableBytes: UInt64 = 0
    /// Chunks that the tables list.
    package var chunks: UInt64 = 0
    /// Plain bytes of all blocks.
    package var plainBytes: UInt64 = 0
    /// Stored bytes of all blocks.
    package var storedBytes: UInt64 = 0

    /// Counts what a repository holds.
    package init(of repository: Repository) throws {
        let (manifests, _) = try repository.loadManifests()
        snapshots = UInt64(manifests.count)
        snapshotBytes = manifests.reduce(0) { $0 + $1.counts.bytes }
        for object in try repository.store.list(prefix: ObjectNames.packs) {
            packs += 1
            packBytes += object.sizeInBytes
        }
        for open in try repository.openIndex().tables {
            tables += 1
            tableBytes += UInt64(open.sizeInBytes)
            chunks += UInt64(open.table.chunkCount)
            for number in 0..<open.table.blockCount {
                let block = open.table.block(number)
                plainBytes += UInt64(block.plainLength)
                storedBytes += UInt64(block.storedLength)
            }
        }
    }
}

/// What one snapshot refers to.
package struct SnapshotStatistics: Sendable {
    /// Different chunks of files, listings, lists and extended attributes.
    package private(set) var chunks: UInt64 = 0
    /// Plain bytes of those chunks.
    package private(set) var plainBytes: UInt64 = 0

    private var seen: Set<ChunkID> = []
    private var listings: Set<Content> = []

    /// Walks over the tree of a snapshot.
    ///
    /// Memory: about 50 bytes for each different chunk.
    package init(of manifest: Manifest, in repository: Repository) throws {
        let index = try repository.openIndex()
        let shared = repository.makeLoaders(for: manifest, index)
        let reader = TreeReader(try ChunkLoader(shared))
        try add(manifest.root.extendedAttributes, reader, index)
        try add(manifest.root.content, isListing: true, reader, index)
        seen = []
        listings = []
    }

    private mutating func add(
        _ content: Content, isListing: Bool, _ reader: TreeReader, _ index: ChunkIndex
    ) throws {
        if isListing, !listings.insert(content).inserted { return }
        for id in content.chunks { try add(id, index) }
        if content.levels > 0 {
            try reader.loader.forEachChunk(of: content) { try add($0, index) }
        }
        guard isListing else { return }
        try reader.forEachEntry(of: content, path: []) { entry in
            try add(entry.extendedAttributes, reader, index)
            switch entry.kind {
            case .directory(let inner): try add(inner, isListing: true, reader, index)
            case .file(let inner): try add(inner, isListing: false, reader, index)
            case .symlink, .fifo, .socket, .characterDevice, .blockDevice: break
            }
        }
    }

    private mutating func add(
        _ attributes: [ExtendedAttribute], _ reader: TreeReader, _ index: ChunkIndex
    ) throws {
        for content in attributes.compactMap(\.content) {
            try add(content, isListing: false, reader, index)
        }
    }

    private mutating func add(_ id: ChunkID, _ index: ChunkIndex) throws {
        guard seen.insert(id).inserted else { return }
        chunks += 1
        plainBytes += UInt64(try index.locations(of: id).first?.length ?? 0)
    }
}

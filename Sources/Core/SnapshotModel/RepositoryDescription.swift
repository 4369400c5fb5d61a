/// How content-defined chunks of one kind of content are bounded, in bytes.
package struct ChunkSizes: Hashable, Sendable {
    /// No chunk but the last of a file is smaller.
    package let minimum: Int
    /// What chunks of ordinary data come to, about; a power of two.
    package let average: Int
    /// No chunk is larger.
    package let maximum: Int

    /// Bounds; the caller keeps `minimum <= average <= maximum`.
    package init(minimum: Int, average: Int, maximum: Int) {
        self.minimum = minimum
        self.average = average
        self.maximum = maximum
    }

    /// A quarter and four times the average.
    package init(average: Int) {
        self.init(minimum: average / 4, average: average, maximum: average * 4)
    }
}

/// All parameters that decide where chunks end; the same in every run on one repository.
package struct ChunkingParameters: Hashable, Sendable {
    /// For files of no special kind, and for listings.
    package let general: ChunkSizes
    /// For compressed files, which are replaced as a whole.
    package let opaque: ChunkSizes
    /// For databases and disk images, which are written page by page: the fixed size.
    package let pageSizeInBytes: Int

    /// Parameters read from a description.
    package init(general: ChunkSizes, opaque: ChunkSizes, pageSizeInBytes: Int) {
        self.general = general
        self.opaque = opaque
        self.pageSizeInBytes = pageSizeInBytes
    }

    /// The parameters of a new repository (Specs/decisions/0001-choose-chunk-sizes.md).
    /// - Parameter averageInBytes: what `init --chunk-size` sets, a power of two.
    package init(averageInBytes: Int = 16 * 1024) {
        let opaqueAverage = max(512 * 1024, averageInBytes)
        self.init(
            general: ChunkSizes(average: averageInBytes),
            opaque: ChunkSizes(average: opaqueAverage),
            pageSizeInBytes: 8 * 1024
        )
    }

    /// The largest chunk that these parameters allow.
    package var largestChunkInBytes: Int {
        max(general.maximum, opaque.maximum, pageSizeInBytes)
    }
}

/// The document `varve.json`, written once when a repository is made.
package struct RepositoryDescription: Hashable, Sendable {
    /// The repository's identity: local caches are kept by it.
    package let id: RepositoryID
    /// When it was made.
    package let created: Timestamp
    /// Where chunks end.
    package let chunking: ChunkingParameters

    /// A description.
    package init(id: RepositoryID, created: Timestamp, chunking: ChunkingParameters) {
        self.id = id
        self.created = created
        self.chunking = chunking
    }
}

import RepositoryFormat
package import SnapshotModel

/// Puts the chunks of one file together; lists too long for an entry are saved as chunks in turn.
///
/// Memory: at most 256 IDs for each level, whatever the size of the file.
package struct ContentBuilder {
    private struct Level {
        var ids: [ChunkID] = []
        /// Whether the level has more IDs than an entry takes, so they go into list chunks.
        var isStored = false
    }

    private let stream: ChunkStream
    private var levels = [Level()]
    private var sizeInBytes: UInt64 = 0

    /// A builder that saves lists of IDs through a stream of metadata.
    package init(listsTo stream: ChunkStream) { self.stream = stream }

    /// Adds the next chunk of the file.
    package mutating func append(_ id: ChunkID, sizeInBytes: Int) {
        self.sizeInBytes += UInt64(sizeInBytes)
        append(id, level: 0)
    }

    /// The content of the file.
    package mutating func finish() -> Content {
        var number = 0
        while levels[number].isStored {
            if !levels[number].ids.isEmpty { saveList(level: number) }
            number += 1
        }
        return Content(sizeInBytes: sizeInBytes, levels: number, chunks: levels[number].ids)
    }

    private mutating func append(_ id: ChunkID, level: Int) {
        levels[level].ids.append(id)
        if levels[level].isStored {
            endList(level: level)
        } else if levels[level].ids.count > FormatLimits.inlineChunks {
            store(level: level)
        }
    }

    /// Cuts what has gathered so far into lists, as if the level had been stored from its start.
    private mutating func store(level: Int) {
        let gathered = levels[level].ids
        levels[level] = Level(ids: [], isStored: true)
        if levels.count == level + 1 { levels.append(Level()) }
        for id in gathered {
            levels[level].ids.append(id)
            endList(level: level)
        }
    }

    private mutating func endList(level: Int) {
        guard let last = levels[level].ids.last,
            ContentList.ends(behind: last, count: levels[level].ids.count)
        else { return }
        saveList(level: level)
    }

    private mutating func saveList(level: Int) {
        let list = ContentList.encode(levels[level].ids)
        levels[level].ids.removeAll(keepingCapacity: true)
        append(list.withUnsafeBytes { stream.save($0) }, level: level + 1)
    }
}

package import ChunkStorage
import Chunking
package import ObjectStore
import RepositoryAccess
import RepositoryFormat
package import SnapshotModel

/// A tree in memory that changes from snapshot to snapshot, saved straight into a store: without
/// files on a disk, and cut so small that a few entries make what else takes millions.
package struct GrowingTree {
    private final class Folder {
        var files: [FileName: (content: [UInt8], attribute: [UInt8])] = [:]
        var folders: [FileName: Folder] = [:]
    }

    private static let cutter = ChunkCutter(minimum: 100, average: 256, maximum: 1024)
    private static let metadata = Metadata(
        mode: 0o644, userID: 0, groupID: 0, modified: Timestamp(seconds: 1, nanoseconds: 0))

    private let store: any ObjectStore
    private var generator: SeededGenerator
    private let root = Folder()
    private var snapshots: Int64 = 0
    /// Bytes of listings, for files that have the same.
    private var listings: [[UInt8]] = []

    /// An empty tree, whose snapshots go into a store.
    package init(store: any ObjectStore, seed: UInt64) {
        self.store = store
        generator = SeededGenerator(seed: seed)
    }

    /// Adds, changes and removes some entries anywhere.
    package mutating func change(count: Int) {
        for _ in 0..<count {
            let folder = randomFolder()
            let name = FileName(String(generator.number(in: 0...40)))
            switch generator.number(in: 0...7) {
            case 0: folder.folders[name] = Folder()
            case 1: folder.files[name] = nil
            case 2 where generator.oneIn(3): folder.folders[name] = nil
            // Longer names make longer listings.
            case 3: folder.files[FileName("\(generator.next())")] = content()
            default: folder.files[name] = content()
            }
            if folder.files[name] != nil { folder.folders[name] = nil }
        }
    }

    /// Saves the tree as it is now, and its manifest.
    /// - Parameter identity: of the session; `nil` for one of its own.
    package mutating func snapshot(_ identity: SessionIdentity? = nil) throws -> Manifest {
        let identity = identity ?? generator.sessionIdentity()
        let content = try saveChunks(to: store, identity) { saver in
            let data = try saver.makeStream(.data)
            let metadata = try saver.makeStream(.metadata)
            let content = save(root, data, metadata)
            data.flush()
            metadata.flush()
            return content
        }
        snapshots += 1
        var manifest = Manifest(
            id: SnapshotID(using: &generator),
            time: Timestamp(seconds: 1_800_000_000 + snapshots, nanoseconds: 0),
            session: identity.id, nonce: Nonce(using: &generator),
            root: RootEntry(content: content, metadata: Self.metadata))
        manifest.paths = [[0x2F]]
        return manifest
    }

    private mutating func randomFolder() -> Folder {
        var folder = root
        while !generator.oneIn(3) {
            let names = folder.folders.keys.sorted()
            guard !names.isEmpty, let next = folder.folders[generator.pick(names)] else { break }
            folder = next
        }
        return folder
    }

    private mutating func content() -> (content: [UInt8], attribute: [UInt8]) {
        if generator.oneIn(8), !listings.isEmpty { return (generator.pick(listings), []) }
        // Some have more chunks than stand in an entry.
        let size = generator.oneIn(12) ? generator.number(in: 0...3000) : 40
        let attribute = generator.oneIn(6) ? generator.bytes(20) : []
        return (generator.bytes(size), attribute)
    }

    private mutating func save(
        _ folder: Folder, _ data: ChunkStream, _ metadata: ChunkStream
    ) -> Content {
        var entries: [Entry] = []
        for (name, file) in folder.files {
            var attributes: [ExtendedAttribute] = []
            if !file.attribute.isEmpty {
                let value = Content(
                    sizeInBytes: UInt64(file.attribute.count), levels: 0,
                    chunks: [data.save(file.attribute)])
                attributes = [ExtendedAttribute(name: [0x61], value: .content(value))]
            }
            entries.append(
                Entry(
                    name: name, kind: .file(save(file.content, data, metadata)),
                    metadata: Self.metadata, extendedAttributes: attributes))
        }
        for (name, inner) in folder.folders.sorted(by: { $0.key < $1.key }) {
            entries.append(
                Entry(
                    name: name, kind: .directory(save(inner, data, metadata)),
                    metadata: Self.metadata))
        }
        var writer = JSONWriter()
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            EntryCodec.append(entry, to: &writer)
        }
        if !writer.bytes.isEmpty { listings.append(writer.bytes) }
        var content = StreamedContent(to: metadata, cutter: Self.cutter)
        content.append(writer.bytes)
        return content.finish()
    }

    private func save(
        _ bytes: [UInt8], _ data: ChunkStream, _ metadata: ChunkStream
    ) -> Content {
        // Whole listings as single chunks: then their chunks are those of files, too.
        let size = listings.contains(bytes) ? 1024 : 4
        var content = ContentBuilder(listsTo: metadata)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(bytes.count, start + size)])
            content.append(data.save(piece), sizeInBytes: piece.count)
        }
        return content.finish()
    }
}

/// Finds out which chunks some manifests need in the plainest way: reads everything, one thing
/// after the other, and remembers every name.
package func neededChunks(
    of manifests: [Manifest], in store: any ObjectStore
) throws -> Set<ChunkID> {
    let reader = TreeReader(try store.makeLoader())
    var needed: Set<ChunkID> = []
    func add(_ content: Content) throws {
        func add(_ ids: [ChunkID], level: Int) throws {
            needed.formUnion(ids)
            if level == 0 { return }
            for id in ids {
                try add(reader.loader.load(id) { try ContentList.decode($0) }, level: level - 1)
            }
        }
        try add(content.chunks, level: content.levels)
    }
    func walk(_ listing: Content) throws {
        try add(listing)
        try reader.forEachEntry(of: listing, path: []) { entry in
            for attribute in entry.extendedAttributes { try attribute.content.map(add) }
            switch entry.kind {
            case .file(let content): try add(content)
            case .directory(let inner): try walk(inner)
            default: break
            }
        }
    }
    for manifest in manifests {
        for attribute in manifest.root.extendedAttributes { try attribute.content.map(add) }
        try walk(manifest.root.content)
    }
    return needed
}

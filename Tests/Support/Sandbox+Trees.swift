import ChunkStorage
import RepositoryAccess
package import SnapshotModel

extension Sandbox {
    /// A place on the source's file system that no snapshot takes.
    package var outside: DiskPath { DiskPath(directory.appending("outside")) }

    /// Every entry of a snapshot by its path, which is not exact where names are not UTF-8.
    package func entries(of id: SnapshotID) throws -> [String: Entry] {
        let reader = try treeReader()
        var entries: [String: Entry] = [:]
        func walk(_ listing: Content, _ path: [UInt8]) throws {
            try reader.forEachEntry(of: listing, path: path) { entry in
                let inner = TreePath(directory: path, name: entry.name.bytes)
                entries[String(decoding: inner.bytes, as: UTF8.self)] = entry
                if case .directory(let content) = entry.kind { try walk(content, inner.bytes) }
            }
        }
        try walk(try manifest(id).root.content, [])
        return entries
    }

    /// The bytes of a content.
    package func load(_ content: Content) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try treeReader().loader.read(content, decode: { Array($0) }, { bytes += $0 })
        return bytes
    }
}

import ChunkStorage
package import ObjectStore
package import SnapshotModel
package import StatCaching

extension PackFolder: PackKeeper {
    /// Keeps a pack.
    package func keep(_ pack: PackID, _ body: ObjectBody) { keep(pack, parts: body.parts) }
}

import ChunkStorage
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// Checks that everything in a snapshot's tree can be restored, for one thread.
///
/// Subtrees without a problem are remembered and not walked again, so snapshots that share most of
/// their tree cost little; those with a problem are reported for each snapshot anew.
final class TreeChecker {
    /// Where chunks are.
    let index: ChunkIndex
    private let reader: TreeReader
    private let damage: DamageMap
    private var cleanListings: Set<Content> = []
    private var snapshot: SnapshotID?
    private var problems: [CheckProblem] = []

    init(_ repository: Repository, _ index: ChunkIndex, _ damage: DamageMap) throws {
        self.index = index
        self.damage = damage
        let shared = ChunkLoader.Shared(store: repository.store, index: index)
        reader = TreeReader(try ChunkLoader(shared))
    }

    /// Checks one snapshot.
    /// - Returns: what is wrong with it; empty when all is well.
    func check(_ manifest: Manifest) throws -> [CheckProblem] {
        snapshot = manifest.id
        problems = []
        _ = try checkAttributes(manifest.root.extendedAttributes, path: [])
        _ = try checkDirectory(manifest.root.content, path: [])
        return problems
    }

    /// - Returns: whether the directory and all below it are without a problem.
    private func checkDirectory(_ listing: Content, path: [UInt8]) throws -> Bool {
        if cleanListings.contains(listing) { return true }
        var isClean = true
        do {
            try reader.forEachEntry(of: listing, path: path) { entry in
                let separator: [UInt8] = path.isEmpty ? [] : [UInt8(ascii: "/")]
                let entryPath = path + separator + entry.name.bytes
                if try !checkAttributes(entry.extendedAttributes, path: entryPath) {
                    isClean = false
                }
                switch entry.kind {
                case .directory(let content):
                    if try !checkDirectory(content, path: entryPath) { isClean = false }
                case .file(let content):
                    if let reason = try findProblem(content) {
                        isClean = false
                        problem(.file, entryPath, reason)
                    }
                case .symlink, .fifo, .socket, .characterDevice, .blockDevice: break
                }
            }
        } catch let error as RepositoryError where error.code == .damaged {
            isClean = false
            problem(.listing, path, "\(error)")
        }
        if isClean { cleanListings.insert(listing) }
        return isClean
    }

    /// - Returns: whether all values can be restored.
    private func checkAttributes(
        _ attributes: [ExtendedAttribute], path: [UInt8]
    ) throws -> Bool {
        var isClean = true
        for attribute in attributes {
            guard let content = attribute.content, let reason = try findProblem(content) else {
                continue
            }
            isClean = false
            let name = DisplayText.escape(attribute.name)
            problem(.file, path, "extended attribute \(name): \(reason)")
        }
        return isClean
    }

    /// - Returns: why the content cannot be restored; `nil` when it can.
    private func findProblem(_ content: Content) throws -> String? {
        var size: UInt64 = 0
        var reason: String?
        do {
            try reader.loader.forEachChunk(of: content) { id in
                if reason != nil { return }
                let locations = try index.locations(of: id)
                guard let good = locations.first(where: damage.isGood) else {
                    reason =
                        locations.isEmpty
                        ? "no pack has chunk \(id)"
                        : "chunk \(id) is damaged in pack \(locations[0].pack)"
                    return
                }
                size += UInt64(good.length)
            }
        } catch let error as RepositoryError where error.code == .damaged {
            return "\(error)"
        }
        if reason == nil, size != content.sizeInBytes {
            return "its chunks have \(size) bytes, expected \(content.sizeInBytes)"
        }
        return reason
    }

    private func problem(_ kind: CheckProblem.Kind, _ path: [UInt8], _ reason: String) {
        problems.append(
            CheckProblem(
                kind: kind, subject: "/" + DisplayText.escape(path), snapshot: snapshot,
                reason: reason))
    }
}

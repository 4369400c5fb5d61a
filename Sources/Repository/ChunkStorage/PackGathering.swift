// Small snapshots make small packs. Before they become so many that whoever reads has to ask for
// each of them, a writer copies them into the pack that it stores anyway: no request more, only
// bytes. A prune deletes the small ones then, for all that they have is elsewhere
// (Specs/decisions/0028-gather-small-packs.md).

import Cryptography
package import ObjectStore
import RepositoryFormat
package import SnapshotModel

/// Keeps the bytes of small packs that this machine has stored, until they are gathered. What it
/// keeps may vanish, or be damaged: then it is not gathered.
package protocol PackKeeper: Sendable {
    /// The packs that are kept, with their sizes in bytes; in any order.
    var packs: [(id: PackID, sizeInBytes: UInt64)] { get }

    /// The bytes of a pack; `nil` when they cannot be read.
    func bytes(of pack: PackID) -> [UInt8]?

    /// Keeps a pack that is about to be in the store.
    func keep(_ pack: PackID, _ body: ObjectBody)

    /// Keeps packs no longer.
    func drop(_ packs: [PackID])
}

/// Decides which small packs a writer gathers into the one that it is about to store.
///
/// Size-tiered as the merging of tables is: once a tier would hold sixteen packs they become one.
/// So at most fifteen packs of each tier are left, and each byte is copied about once a tier;
/// within the first tier more often, which comes to two kilobytes for each new pack.
package enum PackGathering {
    /// The largest packs of each tier, in bytes. Larger packs are worth a request of their own.
    static let tiersInBytes: [UInt64] = [32 * 1024, 512 * 1024]
    /// A tier holds fewer packs than that.
    static let packsPerTier = 16

    /// Whether a pack of a size may be gathered one day.
    static func isSmall(_ sizeInBytes: UInt64) -> Bool { tier(sizeInBytes) != nil }

    /// The positions of the packs to gather with a new one.
    /// - Parameters:
    ///   - newInBytes: the size of the new pack by itself.
    ///   - sizes: the sizes of the small packs that are kept, in bytes.
    package static func choose(newInBytes: UInt64, sizes: [UInt64]) -> [Int] {
        var chosen: Set<Int> = []
        var total = newInBytes
        // What has become larger than the last tier needs no gathering.
        while let tier = tier(total) {
            let candidates = sizes.indices.filter { position in
                !chosen.contains(position) && Self.tier(sizes[position]).map { $0 <= tier } ?? false
            }
            guard candidates.count + 1 >= packsPerTier else { break }
            chosen.formUnion(candidates)
            total += candidates.reduce(0) { $0 + sizes[$1] }
        }
        return chosen.sorted()
    }

    private static func tier(_ sizeInBytes: UInt64) -> Int? {
        tiersInBytes.firstIndex { sizeInBytes <= $0 }
    }

    /// A pack that was kept, as it is in memory now.
    typealias Kept = (id: PackID, pack: PackBuilder)

    /// The chosen packs, read and verified.
    /// - Parameter isUsable: whether a writer may rely on a pack; of others nothing is kept on.
    static func load(
        from keeper: any PackKeeper, newInBytes: UInt64, isUsable: ([PackID]) -> Set<PackID>
    ) -> [Kept] {
        let kept = keeper.packs.sorted { $0.id < $1.id }
        if kept.isEmpty { return [] }
        let usable = isUsable(kept.map(\.id))
        keeper.drop(kept.map(\.id).filter { !usable.contains($0) })
        let packs = kept.filter { usable.contains($0.id) }
        var loaded: [Kept] = []
        for position in choose(newInBytes: newInBytes, sizes: packs.map(\.sizeInBytes)) {
            let id = packs[position].id
            if let bytes = keeper.bytes(of: id), let pack = PackBuilder(bytes, named: id) {
                loaded.append((id, pack))
            } else {
                keeper.drop([id])
            }
        }
        return loaded
    }
}

extension PackBuilder {
    /// The blocks of a pack that is in memory as a whole.
    /// - Returns: `nil` when the bytes are not those of the pack.
    fileprivate init?(_ bytes: [UInt8], named id: PackID) {
        let contents = bytes.withUnsafeBytes { bytes -> PackContents? in
            guard SHA256.digest(of: bytes) == id.digest else { return nil }
            return try? PackReader.contents(ofBytes: bytes)
        }
        guard let contents else { return nil }
        self.init(targetInBytes: FormatLimits.packTargetInBytes)
        var chunks = contents.chunks[...]
        for (number, block) in contents.blocks.enumerated() {
            let own = chunks.prefix { $0.block == UInt32(number) }
            chunks = chunks.dropFirst(own.count)
            append(Array(bytes[Int(block.offset)..<Int(block.end)]), block, Array(own))
        }
    }
}

import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// Writes index tables that do not name some packs any more, in place of those that do.
///
/// New tables are stored before old ones go, so that at every moment some table lists each pack
/// that stays.
struct TableRewriter {
    /// Tables up to this size are taken into others on the occasion.
    private static let smallInChunks = 64 * 1024
    /// A new table has about so many chunks at most: bounds the memory.
    private static let mostChunks = 1024 * 1024

    private let store: any ObjectStore
    private let session: SessionIdentity
    /// Packs that this run has stored since it looked. They are there, also when the run's session
    /// was declared dead meanwhile and its own tables are suspect.
    private let written: Set<PackID>

    init(_ store: any ObjectStore, _ session: SessionIdentity, written: Set<PackID>) {
        self.store = store
        self.session = session
        self.written = written
    }

    /// - Parameter doomed: packs that no table is to name.
    /// - Returns: the tables that were replaced, and the new ones.
    func rewrite(
        _ look: RepositoryLook, without doomed: Set<PackID>
    ) throws -> (old: [TableID], new: Set<TableID>) {
        let chosen = choose(look, doomed)
        var new: Set<TableID> = []
        var group: [OpenTable] = []
        var chunks = 0
        for open in chosen {
            if !group.isEmpty, chunks + open.table.chunkCount > Self.mostChunks {
                try write(group, look, doomed).map { _ = new.insert($0) }
                (group, chunks) = ([], 0)
            }
            group.append(open)
            chunks += open.table.chunkCount
        }
        if !group.isEmpty { try write(group, look, doomed).map { _ = new.insert($0) } }
        let old = chosen.compactMap(\.id)
        try store.delete(old.map { ObjectKey(ObjectNames.table($0)) })
        return (old, new)
    }

    /// The tables that name a doomed pack, those of dead sessions, and small ones, largest first.
    private func choose(_ look: RepositoryLook, _ doomed: Set<PackID>) -> [OpenTable] {
        let tables = look.index.tables.filter { $0.id != nil }
        let small = tables.filter { $0.table.chunkCount <= Self.smallInChunks }
        return tables.filter { open in
            look.view.dead[open.table.session] != nil
                || doomed.contains { open.table.packNumber(of: $0) != nil }
                || (small.count > 1 && open.table.chunkCount <= Self.smallInChunks)
        }
    }

    /// - Returns: `nil` when nothing is left to list.
    private func write(
        _ tables: [OpenTable], _ look: RepositoryLook, _ doomed: Set<PackID>
    ) throws -> TableID? {
        var builder = IndexTableBuilder(session: session.id, nonce: session.makeNonce())
        var isEmpty = true
        for open in tables {
            // An entry of a dead session counts only while its pack is there.
            let isSuspect = look.view.dead[open.table.session] != nil
            func isListed(_ pack: PackID) -> Bool {
                !doomed.contains(pack)
                    && (!isSuspect || look.packs[pack] != nil || written.contains(pack))
            }
            isEmpty =
                isEmpty
                && !(0..<open.table.packCount).contains {
                    isListed(open.table.packID($0))
                }
            builder.add(open.table, where: isListed)
        }
        if isEmpty { return nil }
        let bytes = try builder.build()
        let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
        try store.put(ObjectKey(ObjectNames.table(id)), ObjectBody(bytes))
        return id
    }
}

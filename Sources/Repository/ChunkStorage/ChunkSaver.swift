// Stores the new chunks of one session. Each thread that produces chunks has a ChunkStream, which
// hashes, asks the index, and fills and compresses blocks; finished blocks meet here, fill packs,
// and packs go to the uploading threads. Order of safety: a pack is stored before a table lists it,
// a table before a manifest relies on it (Specs/store-contract.md).

import Cryptography
package import ObjectStore
package import RepositoryFormat
package import SnapshotModel
import Synchronization
package import WorkerThreads

/// What a session is known by, and where its nonces come from.
package struct SessionIdentity: Sendable {
    /// The session's ID.
    package let id: SessionID
    /// Draws a nonce; callable from any thread.
    package let makeNonce: @Sendable () -> Nonce

    /// An identity.
    package init(id: SessionID, makeNonce: @escaping @Sendable () -> Nonce) {
        self.id = id
        self.makeNonce = makeNonce
    }
}

/// Says under which session objects are written.
package protocol SessionSource: Sendable {
    /// Runs `body` under a session, which is not closed before it returns.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws, or why nothing may be written any more.
    func withSession<Result>(_ body: (SessionIdentity) throws -> Result) throws -> Result
}

extension SessionIdentity: SessionSource {
    /// Runs `body` under this one session.
    package func withSession<Result>(
        _ body: (SessionIdentity) throws -> Result
    ) throws -> Result { try body(self) }
}

/// Saves chunks of one session into packs, and lists the packs in index tables.
package final class ChunkSaver: Sendable {
    private struct State {
        var dataPack: PackBuilder
        var metadataPack: PackBuilder
        var newBytes: UInt64 = 0
    }

    private struct Uploading {
        /// Packs that were handed over and are not stored yet.
        var packs = 0
        /// Their sizes together.
        var bytes = 0
        var hasFailed = false
    }

    /// After this many packs a table is written, so that a crash loses little work.
    private static let packsPerTable = 16
    /// After this many chunks too: bounds the memory for claims and for the table.
    private static let chunksPerTable = 256 * 1024

    private let store: any ObjectStore
    private let index: ChunkIndex
    private let sessions: any SessionSource
    private let compression: CompressionSetting
    private let settings: UploadSettings
    private let state: Mutex<State>
    /// What may wait here is bounded by `enqueue`, together with what is being sent.
    private let uploads = BoundedQueue<PackBuilder>(capacity: .max)
    private let pending: Mutex<[ChunkIndex.RecoveredPack]>
    private let uploading = Monitor(Uploading())
    private let keeper: (any PackKeeper)?
    private let willStore: @Sendable (PackID) -> Void

    /// A saver whose uploading threads run in `threads`.
    /// - Parameters:
    ///   - sessions: under which packs and tables are written.
    ///   - adopted: packs of an interrupted run that this session has seen in the store; their
    ///     chunks count as known and the session's table will list them.
    ///   - keeper: keeps small packs until they are gathered; `nil` to gather none.
    ///   - willStore: called from an uploading thread before each pack is sent.
    package init(
        store: any ObjectStore, index: ChunkIndex, sessions: any SessionSource,
        compression: CompressionSetting, uploads settings: UploadSettings = .directory,
        adopted: [ChunkIndex.RecoveredPack], threads: ThreadGroup,
        keeper: (any PackKeeper)? = nil, willStore: @escaping @Sendable (PackID) -> Void = { _ in }
    ) {
        self.store = store
        self.index = index
        self.sessions = sessions
        self.compression = compression
        self.settings = settings
        self.keeper = keeper
        self.willStore = willStore
        let empty = PackBuilder(targetInBytes: settings.packTargetInBytes)
        state = Mutex(State(dataPack: empty, metadataPack: empty))
        pending = Mutex(adopted)
        for pack in adopted {
            index.own(pack.record.id)
            for chunk in pack.chunks { _ = index.claim(chunk.id) }
        }
        threads.onFailure { [uploads, uploading] in
            uploads.cancel()
            uploading.update { $0.hasFailed = true }
        }
        for _ in 0..<settings.threadCount {
            threads.spawn { [self] in
                while let pack = uploads.pop() {
                    try upload(pack)
                    uploading.update { state in
                        state.packs -= 1
                        state.bytes -= pack.sizeInBytes
                    }
                }
            }
        }
    }

    /// Has the session's table list packs that no other table lists.
    package func adopt(_ packs: [ChunkIndex.RecoveredPack]) {
        for pack in packs { index.own(pack.record.id) }
        pending.withLock { $0 += packs }
    }

    /// The plain bytes of all chunks that were new.
    package var newBytes: UInt64 { state.withLock { $0.newBytes } }

    /// A stream for one thread.
    package func makeStream(_ kind: BlockKind) throws -> ChunkStream {
        try ChunkStream(saver: self, index: index, kind: kind, compression: compression)
    }

    /// Takes a block into its pack; waits while too many packs wait for their upload.
    func add(_ block: FinishedBlock) {
        let full = state.withLock { state -> PackBuilder? in
            state.newBytes += UInt64(block.plainLength)
            return block.kind == .data
                ? add(block, to: &state.dataPack) : add(block, to: &state.metadataPack)
        }
        if let full { enqueue(full) }
    }

    private func add(_ block: FinishedBlock, to pack: inout PackBuilder) -> PackBuilder? {
        var full: PackBuilder?
        if !pack.hasRoom(for: block) {
            full = pack
            pack = PackBuilder(targetInBytes: settings.packTargetInBytes)
        }
        pack.append(block)
        return full
    }

    /// Stores everything that is left and lists it in a table; all streams must be flushed.
    ///
    /// When it returns, every chunk that was saved is durable and listed.
    /// - Throws: `StoreError`. A failure of an uploading thread is thrown by `withThreads`; then
    ///   nothing may rely on the saver.
    /// - Parameter merging: whether the table takes small ones in, which are deleted then.
    /// - Returns: `false` when an uploading thread has failed.
    package func finish(merging: Bool = true) throws -> Bool {
        let (last, gathered) = joinLastPacks()
        for pack in last where !pack.isEmpty { enqueue(pack) }
        uploads.close()
        let hasStored = uploading.wait { state -> Bool? in
            if state.hasFailed { return false }
            return state.packs == 0 ? true : nil
        }
        if hasStored {
            let packs = pending.withLock { pending in
                defer { pending = [] }
                return pending
            }
            try writeTable(of: packs, merging: merging)
            if !gathered.isEmpty { keeper?.drop(gathered) }
        }
        return hasStored
    }

    /// A small snapshot makes one pack, and takes small packs of earlier ones in.
    private func joinLastPacks() -> (last: [PackBuilder], gathered: [PackID]) {
        let (data, metadata) = state.withLock { ($0.dataPack, $0.metadataPack) }
        let own = [data, metadata].filter { !$0.isEmpty }
        var gathered: [PackGathering.Kept] = []
        if let keeper, !own.isEmpty {
            gathered = PackGathering.load(
                from: keeper, newInBytes: own.reduce(0) { $0 + UInt64($1.sizeInBytes) },
                isUsable: index.usable)
        }
        let (pack, count) = PackBuilder.joining(
            own + gathered.map(\.pack), targetInBytes: settings.packTargetInBytes)
        guard count >= own.count else { return (own, []) }
        return ([pack], gathered.prefix(count - own.count).map(\.id))
    }

    private func enqueue(_ pack: PackBuilder) {
        let size = pack.sizeInBytes
        uploading.wait { state -> Void? in
            // After a failure nothing is sent any more, and nobody may be kept waiting.
            if state.hasFailed { return () }
            guard state.bytes == 0 || state.bytes + size <= settings.bytesInFlight else {
                return nil
            }
            state.packs += 1
            state.bytes += size
            return ()
        }
        uploads.push(pack)
    }

    private func upload(_ pack: PackBuilder) throws {
        let (record, chunks) = try sessions.withSession { identity in
            let (record, chunks, body) = pack.finish(
                session: identity.id, nonce: identity.makeNonce())
            willStore(record.id)
            index.own(record.id)
            try store.put(ObjectKey(ObjectNames.pack(record.id)), body)
            if PackGathering.isSmall(record.sizeInBytes) { keeper?.keep(record.id, body) }
            return (record, chunks)
        }
        // Only what is stored gets here, so only that is listed, whoever writes the table.
        let due = pending.withLock { pending -> [ChunkIndex.RecoveredPack] in
            pending.append((record, chunks))
            let isDue =
                pending.count >= Self.packsPerTable
                || pending.reduce(0) { $0 + $1.chunks.count } >= Self.chunksPerTable
            if !isDue { return [] }
            defer { pending = [] }
            return pending
        }
        try writeTable(of: due, merging: false)
    }

    private func writeTable(of packs: [ChunkIndex.RecoveredPack], merging: Bool) throws {
        if packs.isEmpty { return }
        try sessions.withSession { try writeTable(of: packs, merging: merging, $0) }
    }

    private func writeTable(
        of packs: [ChunkIndex.RecoveredPack], merging: Bool, _ identity: SessionIdentity
    ) throws {
        let newChunks = packs.reduce(0) { $0 + $1.chunks.count }
        let existing = index.mergeableTables
        let positions =
            merging
            ? TableMerging.choose(newChunks: newChunks, sizes: existing.map(\.table.chunkCount))
            : []
        // Damage must not get into a table that has the right hash.
        let merged = positions.map { existing[$0] }.filter { $0.isIntact() }
        var builder = IndexTableBuilder(session: identity.id, nonce: identity.makeNonce())
        builder.add(packs)
        for open in merged { builder.add(open.table) }
        let bytes = try builder.build()
        let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
        let key = ObjectKey(ObjectNames.table(id))
        let table = try OpenTable(id: id, bytes: store.putAndMap(key, ObjectBody(bytes)))
        index.publish(table, chunks: packs.flatMap(\.chunks))
        if merged.isEmpty { return }
        // The new table is durable, so the ones that it contains can go.
        let names = merged.compactMap(\.id)
        do {
            try store.delete(names.map { ObjectKey(ObjectNames.table($0)) })
        } catch {
            // Whoever may only add leaves the old tables to somebody who may delete.
            guard error.code == .permissionDenied else { throw error }
        }
        index.remove(Set(names))
    }
}

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
        var summary = CompressionSummary()
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
    private let uploading: Monitor<UploadBalance>
    private let clock: @Sendable () -> Duration
    /// Chooses the level of data; metadata is little, and its contexts would take memory, too.
    private let control: LevelControl?
    private let keeper: (any PackKeeper)?
    private let willStore: @Sendable (PackID) -> Void

    /// A saver whose uploading threads run in `threads`.
    /// - Parameters:
    ///   - sessions: under which packs and tables are written.
    ///   - adopted: packs of an interrupted run that this session has seen in the store; their
    ///     chunks count as known and the session's table will list them.
    ///   - keeper: keeps small packs until they are gathered; `nil` to gather none.
    ///   - clock: tells how much time has gone by since some moment; callable from any thread.
    ///   - willStore: called from an uploading thread before each pack is sent.
    package init(
        store: any ObjectStore, index: ChunkIndex, sessions: any SessionSource,
        compression: CompressionSetting, uploads settings: UploadSettings = .directory,
        adopted: [ChunkIndex.RecoveredPack], threads: ThreadGroup,
        keeper: (any PackKeeper)? = nil,
        clock: @escaping @Sendable () -> Duration = ChunkSaver.systemClock(),
        willStore: @escaping @Sendable (PackID) -> Void = { _ in }
    ) {
        self.store = store
        self.index = index
        self.sessions = sessions
        self.compression = compression
        self.settings = settings
        self.keeper = keeper
        self.willStore = willStore
        self.clock = clock
        let balance = UploadBalance(senders: settings.threadCount, at: clock())
        uploading = Monitor(balance)
        control =
            compression == .auto && settings.raisesLevel
            ? LevelControl(balance, clock: clock) : nil
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
                    let now = clock()
                    uploading.update { balance in
                        balance.advance(to: now)
                        balance.remove(pack.sizeInBytes)
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

    /// How the blocks were compressed.
    package var compressionSummary: CompressionSummary { state.withLock { $0.summary } }

    /// How many threads wait for the store at this moment.
    package var waitingThreads: Int { uploading.read { $0.waiting } }

    /// Time that goes by evenly, from the call on.
    package static func systemClock() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// A stream for one thread; those of data are made before anything is saved.
    package func makeStream(_ kind: BlockKind) throws -> ChunkStream {
        let control = kind == .data ? self.control : nil
        control?.addThread()
        return try ChunkStream(
            saver: self, index: index, kind: kind, compression: compression, control: control)
    }

    /// Takes a block into its pack; waits while too many packs wait for their upload.
    func add(_ block: FinishedBlock) {
        // One pack that finds no room is enough: each thread would come to hold one.
        waitForRoom(holdsPack: false) { $0.heldPacks == 0 }
        let full = state.withLock { state -> PackBuilder? in
            state.newBytes += UInt64(block.plainLength)
            state.summary.add(plainLength: block.plainLength, level: block.level)
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
        let inFlight = settings.bytesInFlight
        waitForRoom(holdsPack: true) { balance in
            guard balance.bytes == 0 || balance.bytes + size <= inFlight else { return false }
            balance.add(size)
            return true
        }
        uploads.push(pack)
        control?.observe(uploading.read { $0 })
    }

    /// Waits until `take` has found room. After a failure nothing is sent any more, and nobody may
    /// be kept waiting.
    private func waitForRoom(
        holdsPack: Bool, _ take: (inout UploadBalance) -> Bool
    ) {
        let now = clock()
        let isDone = uploading.read { balance in
            balance.advance(to: now)
            if balance.hasFailed || take(&balance) { return true }
            balance.beginWaiting(holdsPack: holdsPack)
            return false
        }
        if isDone { return }
        uploading.wait { balance -> Void? in
            guard balance.hasFailed || take(&balance) else { return nil }
            balance.endWaiting(heldPack: holdsPack)
            return ()
        }
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

// Loads chunks by name. Every chunk is verified by its ID before anybody sees a byte of it; where
// one place of a chunk fails, the others are tried.

import Cryptography
package import ObjectStore
package import RepositoryFormat
package import SnapshotModel
package import ZstdCodec

/// Loads chunks and content, for one thread at a time; loaders share the cache of blocks.
package final class ChunkLoader {
    /// What loaders of several threads share.
    package final class Shared: Sendable {
        let store: any ObjectStore
        /// The same store, which may keep what is read of listings.
        let listings: any ObjectStore
        /// Where the chunks are.
        package let index: ChunkIndex
        let cache: BlockCache
        let history = BlockHistory()
        /// How long it took to read parts of packs so far.
        package let timing = ReadTiming()

        /// Blocks of a few dozen packs side by side; half of it serves a restore in order.
        package static let usualCacheInBytes = 48 * 1024 * 1024

        let losses: LossRecord

        /// Loads from `store` what `index` lists.
        /// - Parameter explainLoss: called when something is missing from the repository, with the
        ///   sessions that are dead: throws what the reason is, when that is no damage.
        package init(
            store: any ObjectStore, index: ChunkIndex,
            cacheInBytes: Int = Shared.usualCacheInBytes,
            explainLoss: @escaping @Sendable (Set<SessionID>) throws -> Void = { _ in }
        ) {
            self.store = store
            listings = store.listings
            self.index = index
            cache = BlockCache(capacityInBytes: cacheInBytes)
            losses = LossRecord(explainLoss)
        }

        /// Ends a run that has gone on without something that is missing.
        /// - Throws: what a loader has thrown because the snapshot is not what it was taken for.
        package func checkLosses() throws { try losses.check() }
    }

    /// How many chunks of a file are looked up before the first of them is read.
    private static let chunksAhead = 512

    /// What this loader shares with others.
    package let shared: Shared
    private let source: BlockSource
    private var hash = SHA256()
    /// The chunk of zeros that was loaded last: sparse files have it many thousand times in a row.
    private var zeros: (id: ChunkID, bytes: [UInt8])?

    /// A loader for one thread.
    /// - Parameter metadataWindowInBytes: how much metadata to read with one request around a block
    ///   of it; 0, the usual value, reads the block alone. Whoever walks through whole trees needs
    ///   the rest soon.
    package init(_ shared: Shared, metadataWindowInBytes: Int = 0) throws {
        self.shared = shared
        source = try BlockSource(shared, metadataWindowInBytes: metadataWindowInBytes)
    }

    /// Calls `body` with the plain bytes of a chunk.
    /// - Throws: `RepositoryError` `.damaged` when no place has the chunk as it was written;
    ///   `StoreError` when the store cannot be reached; what the loss of it is explained by.
    package func load<Result>(
        _ id: ChunkID, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        if let zeros, zeros.id == id { return try zeros.bytes.withUnsafeBytes(body) }
        var failures: [String] = []
        let tableCount = shared.index.tableCount
        let locations = try locations(of: id)
        for location in locations {
            let block: [UInt8]
            do {
                block = try verifiedBlock(with: id, at: location)
            } catch let error as RepositoryError where error.code == .damaged {
                failures.append(error.cause)
                continue
            }
            return try block.withUnsafeBytes {
                let bytes = UnsafeRawBufferPointer(rebasing: $0[location.range])
                if bytes.isAllZero { zeros = (id, Array(bytes)) }
                return try body(bytes)
            }
        }
        // Somebody may have moved what is needed to other packs since the tables were listed.
        if let looks = shared.history.looks(beforeMissing: locations.map(\.pack)) {
            if try shared.index.look(after: looks, tableCount: tableCount) {
                return try load(id, body)
            }
            try shared.losses.explain(shared.index)
        }
        if try shared.index.doubtOnce() { return try load(id, body) }
        throw Self.unreadable(id, failures.joined(separator: "; "))
    }

    /// The places of a chunk, best first.
    /// - Returns: one at least.
    /// - Throws: as `load`.
    package func locations(of id: ChunkID) throws -> [ChunkLocation] {
        let found = try shared.index.locations(of: id)
        if !found.isEmpty { return found }
        try shared.losses.explain(shared.index)
        throw Self.unreadable(id, "no pack has it")
    }

    private static func unreadable(_ id: ChunkID, _ cause: String) -> RepositoryError {
        RepositoryError(
            .damaged, "cannot read chunk \(id)", cause: cause, remedy: "varve check --read-data")
    }

    /// Whether bytes are those of a chunk.
    package func verifies(_ bytes: UnsafeRawBufferPointer, _ id: ChunkID) -> Bool {
        ChunkID(hash.digest(of: bytes)) == id
    }

    /// The plain bytes of a block whose stored bytes are at hand; they are not verified.
    /// - Throws: `ZstdError` when the frame is damaged or has another size.
    package func plainBytes(
        of stored: UnsafeRawBufferPointer, _ block: BlockRecord
    ) throws(ZstdError) -> [UInt8] {
        try source.plainBytes(of: stored, block)
    }

    /// A part of a pack that holds a block and was read lately for the sake of another one.
    package func storedBytes(around block: BlockRecord, in pack: PackID) -> StoredBytes? {
        source.window(of: block, in: pack)
    }

    /// Calls `body` with the name of each chunk of a file's or listing's data, in order.
    package func forEachChunk(of content: Content, _ body: (ChunkID) throws -> Void) throws {
        try forEach(content.chunks, level: content.levels, body)
    }

    /// Calls `body` with the bytes of a file or listing, chunk by chunk.
    /// - Throws: `RepositoryError` `.damaged` also when the chunks do not add up to the size.
    package func read(
        _ content: Content, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try read(content, decode: body) { _ in }
    }

    /// Decodes the bytes of a file or listing chunk by chunk, and calls `body` with what comes out.
    ///
    /// No block is held while `body` runs, so `body` may itself read, to any depth.
    /// - Throws: as `read(_:_:)`.
    package func read<Piece>(
        _ content: Content, decode: (UnsafeRawBufferPointer) throws -> Piece,
        _ body: (Piece) throws -> Void
    ) throws {
        var size: UInt64 = 0
        var waiting: [ChunkID] = []
        func readWaiting() throws {
            let ids = waiting
            waiting.removeAll(keepingCapacity: true)
            try expect(ids, isStart: size == 0)
            for id in ids {
                let piece = try load(id) { bytes in
                    size += UInt64(bytes.count)
                    return try decode(bytes)
                }
                try body(piece)
            }
        }
        do {
            try forEachChunk(of: content) { id in
                waiting.append(id)
                if waiting.count == Self.chunksAhead { try readWaiting() }
            }
        } catch let error as RepositoryError where error.code == .damaged {
            // A list of chunks is damaged: what stands before it is read all the same.
            try readWaiting()
            throw error
        }
        try readWaiting()
        guard size == content.sizeInBytes else {
            throw RepositoryError(
                .damaged, "cannot read content",
                cause: "\(size) bytes, expected \(content.sizeInBytes)", remedy: "varve check")
        }
    }

    /// Says which places of chunks are read next, in order, so that neighbouring blocks come with
    /// one request.
    package func expect(_ locations: [ChunkLocation]) {
        source.expect(locations, isStart: false)
    }

    /// Prepares for chunks that are read next, so that neighbouring blocks come with one request.
    private func expect(_ ids: [ChunkID], isStart: Bool) throws {
        if ids.count < 2 { return }
        // Where the first place fails, the others are read block by block.
        let locations = try ids.compactMap { try shared.index.locations(of: $0).first }
        source.expect(locations, isStart: isStart)
    }

    private func forEach(
        _ ids: [ChunkID], level: Int, _ body: (ChunkID) throws -> Void
    ) throws {
        for id in ids {
            guard level > 0 else {
                try body(id)
                continue
            }
            let list = try load(id) { bytes in
                do {
                    return try ContentList.decode(bytes)
                } catch {
                    throw RepositoryError(.damaged, "cannot read list \(id)", cause: "\(error)")
                }
            }
            try forEach(list, level: level - 1, body)
        }
    }

    /// The plain bytes of a block that has a chunk as it was written.
    private func verifiedBlock(with id: ChunkID, at location: ChunkLocation) throws -> [UInt8] {
        let block = try source.plainBytes(of: location)
        guard location.range.upperBound <= block.count else {
            throw RepositoryError.damaged(
                because: "the block in pack \(location.pack) is too short")
        }
        if verifies(block, id, location) { return block }
        // What is stored without compression has no checksum that would have told.
        if let again = try source.rereadPlainBytes(of: location), verifies(again, id, location) {
            return again
        }
        throw RepositoryError.damaged(
            because: "its bytes in pack \(location.pack) have another hash")
    }

    private func verifies(_ block: [UInt8], _ id: ChunkID, _ location: ChunkLocation) -> Bool {
        block.withUnsafeBytes {
            verifies(UnsafeRawBufferPointer(rebasing: $0[location.range]), id)
        }
    }
}

extension ChunkLoader.Shared {
    /// Reads a part of a pack.
    /// - Parameter kind: what it is read for; parts with listings may come from a cache.
    /// - Returns: fewer bytes where the pack ends too early.
    /// - Throws: `RepositoryError` `.damaged` when the pack is missing or has none of the bytes;
    ///   `StoreError`.
    package func fetch(
        _ pack: PackID, offset: UInt64, length: Int, for kind: BlockKind = .data
    ) throws -> StoredBytes {
        do {
            let source = kind == .metadata ? listings : store
            let start = ContinuousClock.now
            let object = try source.get(
                ObjectKey(ObjectNames.pack(pack)), .from(offset: offset, length: length))
            timing.add(bytes: object.count, ContinuousClock.now - start)
            return StoredBytes(pack: pack, offset: offset, object: object)
        } catch {
            throw explain(error, pack, offset: offset)
        }
    }

    /// Reads a range of a pack, and hands over its parts as they come in.
    /// - Throws: as `fetch(_:offset:length:for:)`; some parts may have been handed over before.
    package func fetch(
        _ pack: PackID, _ range: PartedRange, to receiver: any PartReceiver
    ) throws {
        do {
            try store.get(ObjectKey(ObjectNames.pack(pack)), range, to: receiver)
        } catch {
            throw explain(error, pack, offset: range.offset)
        }
    }

    private func explain(_ error: StoreError, _ pack: PackID, offset: UInt64) -> any Error {
        let key = ObjectKey(ObjectNames.pack(pack))
        switch error.code {
        case .notFound:
            return RepositoryError.damaged(
                because: history.noteMissing(pack, looks: index.lookCount))
        case .invalidRange:
            return RepositoryError.damaged(
                key, in: store, "\(key) ends before the block at \(offset)")
        default: return error
        }
    }
}

extension ChunkLocation {
    /// Where the chunk lies in the plain bytes of its block.
    fileprivate var range: Range<Int> { Int(offset)..<Int(offset) + Int(length) }
}

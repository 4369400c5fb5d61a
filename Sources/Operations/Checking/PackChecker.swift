import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel
import ZstdCodec

/// Checks single packs against the index, for one thread.
final class PackChecker {
    private let store: any ObjectStore
    private let index: ChunkIndex
    private let damage: DamageMap
    private let report: (CheckProblem) -> Void
    private let decompressor: ZstdDecompressor
    private var hash = SHA256()

    init(
        store: any ObjectStore, index: ChunkIndex, damage: DamageMap,
        report: @escaping (CheckProblem) -> Void
    ) throws {
        self.store = store
        self.index = index
        self.damage = damage
        self.report = report
        decompressor = try ZstdDecompressor()
    }

    /// Checks that the pack's trailer is whole and says what the index claims.
    func checkTrailer(_ pack: PackID) throws {
        do {
            let (record, contents) = try PackReader.contents(of: pack, in: store)
            try compare(record, contents)
        } catch let error as RepositoryError where error.code == .damaged {
            problem(.pack, pack, "trailer: \(error.cause)")
        } catch let error as StoreError where error.code == .notFound {
            // Whether it should be there, the tables of that moment tell.
            damage.miss(pack)
        }
    }

    /// Reads a pack as a whole and checks its hash, every block and every chunk.
    /// - Parameter isWhole: whether a table lists the pack, and with the size that it has.
    func checkData(_ pack: PackID, isWhole: Bool) throws {
        let bytes: ObjectBytes
        do {
            bytes = try store.get(ObjectKey(ObjectNames.pack(pack)), .whole)
        } catch {
            guard error.code == .notFound else { throw error }
            // Whether it should be there, the tables of that moment tell.
            damage.miss(pack)
            return
        }
        let hasName = PackID(hash.digest(of: bytes.bytes)) == pack
        if !hasName { problem(.pack, pack, "the bytes do not have the hash that is their name") }
        var contents: PackContents?
        do {
            contents = try PackReader.contents(ofBytes: bytes.bytes)
        } catch {
            if hasName { problem(.pack, pack, "\(error)") }
        }
        if let contents {
            let record = PackRecord(
                id: pack, sizeInBytes: UInt64(bytes.count), blocks: contents.blocks)
            if isWhole { try compare(record, contents) }
            for number in contents.blocks.indices {
                let chunks = contents.chunks.filter { Int($0.block) == number }
                checkBlock(contents.blocks[number], chunks, of: pack, bytes.bytes)
            }
        } else {
            try checkListedBlocks(of: pack, bytes.bytes)
        }
    }

    /// Without its trailer a pack is still read as the index describes it.
    private func checkListedBlocks(
        of pack: PackID, _ bytes: UnsafeRawBufferPointer
    ) throws {
        for open in index.tables {
            let table = open.table
            guard let number = (0..<table.packCount).first(where: { table.packID($0) == pack })
            else { continue }
            let range = table.blockRange(ofPack: number)
            var chunks: [Int: [ChunkRecord]] = [:]
            for position in 0..<table.chunkCount {
                let record = try table.chunk(position)
                if range.contains(Int(record.block)) {
                    chunks[Int(record.block), default: []].append(record)
                }
            }
            for block in range {
                let sorted = (chunks[block] ?? []).sorted { $0.offset < $1.offset }
                checkBlock(table.block(block), sorted, of: pack, bytes)
            }
            return
        }
    }

    private func checkBlock(
        _ block: BlockRecord, _ chunks: [ChunkRecord], of pack: PackID,
        _ bytes: UnsafeRawBufferPointer
    ) {
        guard block.end <= UInt64(bytes.count) else {
            damage.add(pack, blockAt: block.offset)
            problem(.pack, pack, "ends within the block at \(block.offset)")
            return
        }
        let stored = UnsafeRawBufferPointer(
            rebasing: bytes[Int(block.offset)..<Int(block.end)])
        do {
            let plain = try PackReader.plainBytes(of: stored, block, decompressor)
            let bad = plain.withUnsafeBytes { plain in
                chunks.filter { chunk in
                    let range = Int(chunk.offset)..<Int(chunk.offset) + Int(chunk.length)
                    let bytes = UnsafeRawBufferPointer(rebasing: plain[range])
                    return ChunkID(hash.digest(of: bytes)) != chunk.id
                }
            }
            for chunk in bad {
                damage.add(pack, blockAt: block.offset, chunkAt: chunk.offset)
                problem(
                    .pack, pack,
                    "chunk \(chunk.id) in the block at \(block.offset) has another hash")
            }
        } catch {
            damage.add(pack, blockAt: block.offset)
            problem(.pack, pack, "block at \(block.offset): \(error)")
        }
    }

    /// The index may list less than the trailer, never more, and nothing else.
    private func compare(_ record: PackRecord, _ contents: PackContents) throws {
        for chunk in contents.chunks {
            let block = contents.blocks[Int(chunk.block)]
            let locations = try index.locations(of: chunk.id)
            let isListed = locations.contains {
                $0.pack == record.id && $0.block == block && $0.offset == chunk.offset
                    && $0.length == chunk.length
            }
            if !isListed {
                problem(.index, record.id, "no table lists chunk \(chunk.id) of the pack rightly")
                return
            }
        }
    }

    private func problem(_ kind: CheckProblem.Kind, _ pack: PackID, _ reason: String) {
        report(
            CheckProblem(
                kind: kind, subject: ObjectNames.pack(pack), snapshot: nil, reason: reason))
    }
}

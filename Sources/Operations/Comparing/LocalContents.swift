import ChunkStorage
import Cryptography
import FileCutting
import FileHandles
import RepositoryFormat
import SnapshotModel
import WorkerThreads

/// Reads local files to tell which content they have, on one thread.
final class LocalContents {
    /// Ends a comparison that is decided.
    private struct Difference: Error {}

    private let loader: ChunkLoader
    private let cutters: FileCutters
    private let cancellation: Cancellation
    private var buffer: [UInt8] = []

    init(_ loader: ChunkLoader, _ cutters: FileCutters, _ cancellation: Cancellation) {
        self.loader = loader
        self.cutters = cutters
        self.cancellation = cancellation
    }

    /// Whether a file has the bytes of some content: chunk by chunk up to the first difference. No
    /// chunk is read from the repository, only how long each is.
    /// - Throws: `RepositoryError` `.damaged` when a chunk is not in the repository.
    func has(_ content: Content, _ file: FileHandle) throws -> Bool {
        file.adviseSequential()
        var offset: UInt64 = 0
        do {
            try loader.forEachChunk(of: content) { id in
                try cancellation.check()
                // There is one at least.
                let length = Int(try loader.locations(of: id)[0].length)
                guard try read(file, at: offset, length, { loader.verifies($0, id) }) else {
                    throw Difference()
                }
                offset += UInt64(length)
            }
        } catch is Difference {
            return false
        }
        return try offset == content.sizeInBytes && file.status().sizeInBytes == offset
    }

    private func read(
        _ file: FileHandle, at offset: UInt64, _ length: Int,
        _ isEqual: (UnsafeRawBufferPointer) -> Bool
    ) throws -> Bool {
        if buffer.count < length { buffer = [UInt8](repeating: 0, count: length) }
        return try buffer.withUnsafeMutableBytes { bytes in
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<length])
            let count = try file.read(into: part, at: offset)
            return count == length && isEqual(UnsafeRawBufferPointer(part))
        }
    }

    /// The hash of the names of a file's chunks, cut as a snapshot would cut it.
    func digest(of file: FileHandle) throws -> Digest256 {
        file.adviseSequential()
        var pieces = try LargeFileReader(file, try file.status(), cutters)
        var hash = SHA256()
        var digest = ChunkListDigest()
        while let piece = try pieces.next() {
            try cancellation.check()
            switch piece {
            case .zeros(let count, let length):
                let id = cutters.withZeros(length) { ChunkID(hash.digest(of: $0)) }
                for _ in 0..<count { digest.add(id) }
            case .chunks(let bytes):
                bytes.forEachChunk { digest.add(ChunkID(hash.digest(of: $0))) }
            }
        }
        return digest.finish()
    }
}

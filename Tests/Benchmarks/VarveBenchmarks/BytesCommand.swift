internal import ArgumentParser
import Chunking
import Cryptography
import FileCutting
import FileHandles
import Foundation
import SnapshotModel
import WorkerThreads
import ZstdCodec

/// Cuts, hashes and compresses the bytes of a folder's files, each alone on one thread: what a
/// first snapshot of them takes at least (compare.sh measures the whole).
struct BytesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bytes",
        abstract: "Measure cutting, hashing and compression of a folder's own bytes.")

    /// As much as a full block holds.
    private static let pieceInBytes = 1024 * 1024

    @Argument(help: "The folder; holes of its files are left out.")
    var folder: String

    @Option(help: "The level of compression.")
    var level = 1

    private struct Times {
        var reading = Duration.zero
        var cutting = Duration.zero
        var hashing = Duration.zero
        var compression = Duration.zero
        var bytes = 0
        var compressedBytes = 0
    }

    func run() throws {
        var times = Times()
        var compressor = try ZstdCompressor(level: level)
        let cutters = FileCutters(ChunkingParameters())
        var buffer = [UInt8](repeating: 0, count: Self.pieceInBytes)
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
            let path = "\(folder)/\(name)"
            guard
                try FileStatus.of(path: Array(path.utf8), followsLinks: false).kind == .file
            else { continue }
            let file = try FileHandles.FileHandle.open(path: Array(path.utf8), flags: O_RDONLY)
            try measure(file, cutters, &compressor, &buffer, &times)
        }
        let sum = times.cutting + times.hashing + times.compression
        print(
            """
            \(times.bytes) bytes, \(times.compressedBytes) at level \(level); \
            reading \(seconds(times.reading)), cutting \(seconds(times.cutting)), \
            SHA-256 \(seconds(times.hashing)), zstd \(seconds(times.compression)); \
            the last three \(seconds(sum)) s of CPU time
            """)
    }

    private func measure(
        _ file: FileHandles.FileHandle, _ cutters: FileCutters, _ compressor: inout ZstdCompressor,
        _ buffer: inout [UInt8], _ times: inout Times
    ) throws {
        let size = try file.status().sizeInBytes
        var hash = SHA256()
        var cutter: ChunkCutter?
        var offset: UInt64 = 0
        while let start = file.nextData(from: offset), start < size {
            let count: Int = try clocked(&times.reading) {
                try buffer.withUnsafeMutableBytes { try file.read(into: $0, at: start) }
            }
            if count == 0 { break }
            offset = start + UInt64(count)
            times.bytes += count
            buffer.withUnsafeBytes { bytes in
                let piece = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                let chosen = cutter ?? cutters.cutter(forHead: piece, sizeInBytes: size)
                cutter = chosen
                let pieces = clocked(&times.cutting) { chunks(of: piece, chosen) }
                clocked(&times.hashing) {
                    for chunk in pieces { _ = hash.digest(of: chunk) }
                }
                let compressed = clocked(&times.compression) { compressor.compress(piece)?.count }
                times.compressedBytes += compressed ?? count
            }
        }
    }

    private func chunks(
        of piece: UnsafeRawBufferPointer, _ cutter: ChunkCutter
    ) -> [UnsafeRawBufferPointer] {
        var chunks: [UnsafeRawBufferPointer] = []
        var rest = piece
        while !rest.isEmpty {
            let length = cutter.length(of: rest)
            chunks.append(UnsafeRawBufferPointer(rebasing: rest[..<length]))
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
        return chunks
    }

    /// Adds the processor time of `body`.
    private func clocked<Result>(
        _ total: inout Duration, _ body: () throws -> Result
    ) rethrows -> Result {
        let start = processorTime()
        let result = try body()
        total += processorTime() - start
        return result
    }

    private func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private func seconds(_ time: Duration) -> String {
        String(format: "%.2f", time / .seconds(1))
    }
}

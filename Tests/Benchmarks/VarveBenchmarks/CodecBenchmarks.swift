import Cryptography
import SnapshotModel
import ZstdCodec

/// How fast bytes are hashed and compressed.
enum CodecBenchmarks {
    private static let inputInBytes = 32 * 1024 * 1024
    /// The average chunk of general content.
    private static let chunkInBytes = 16 * 1024
    /// What a full block holds.
    private static let blockInBytes = 1024 * 1024

    static func all() -> [Benchmark] {
        [
            hashing("sha256/16 KiB chunks", pieceInBytes: chunkInBytes),
            hashing("sha256/whole", pieceInBytes: inputInBytes),
            compression("zstd/compress 1 MiB text level 1", level: 1),
            compression("zstd/compress 1 MiB text level 3", level: 3),
            decompression("zstd/decompress 1 MiB text"),
        ]
    }

    private static func hashing(_ name: String, pieceInBytes: Int) -> Benchmark {
        Benchmark(name, .bytes) {
            let input = SampleInput.random(inputInBytes)
            return Workload(amount: input.count) {
                var hash = SHA256()
                var sum: UInt64 = 0
                forEachPiece(of: input, pieceInBytes) { sum ^= hash.digest(of: $0).word0 }
                return sum
            }
        }
    }

    private static func compression(_ name: String, level: Int) -> Benchmark {
        Benchmark(name, .bytes) {
            let input = SampleInput.text(8 * blockInBytes)
            return Workload(amount: input.count) {
                var compressor = try ZstdCompressor(level: level)
                var size: UInt64 = 0
                forEachPiece(of: input, blockInBytes) {
                    size += UInt64(compressor.compress($0)?.count ?? $0.count)
                }
                return size
            }
        }
    }

    private static func decompression(_ name: String) -> Benchmark {
        Benchmark(name, .bytes) {
            let input = SampleInput.text(8 * blockInBytes)
            var compressor = try ZstdCompressor(level: 1)
            var frames: [[UInt8]] = []
            forEachPiece(of: input, blockInBytes) { frames.append(compressor.compress($0) ?? []) }
            let blocks = frames
            return Workload(amount: input.count) {
                let decompressor = try ZstdDecompressor()
                var sum: UInt64 = 0
                for block in blocks {
                    let plain = try block.withUnsafeBytes {
                        try decompressor.decompress($0, plainLength: blockInBytes)
                    }
                    sum += UInt64(plain[plain.count - 1])
                }
                return sum
            }
        }
    }

    private static func forEachPiece(
        of input: [UInt8], _ pieceInBytes: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        input.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: pieceInBytes) {
                let end = min(bytes.count, start + pieceInBytes)
                body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
        }
    }
}

import Chunking
import SnapshotModel

/// How fast chunk boundaries are found.
enum ChunkingBenchmarks {
    private static let inputInBytes = 32 * 1024 * 1024

    static func all() -> [Benchmark] {
        [
            benchmark("chunking/general random", ChunkingParameters().general, SampleInput.random),
            benchmark("chunking/general text", ChunkingParameters().general, SampleInput.text),
            benchmark("chunking/opaque random", ChunkingParameters().opaque, SampleInput.random),
        ]
    }

    private static func benchmark(
        _ name: String, _ sizes: ChunkSizes, _ makeInput: @escaping (Int, UInt64) -> [UInt8]
    ) -> Benchmark {
        Benchmark(name, .bytes) {
            let input = makeInput(inputInBytes, 1)
            let cutter = ChunkCutter(
                minimum: sizes.minimum, average: sizes.average, maximum: sizes.maximum)
            return Workload(amount: input.count) {
                input.withUnsafeBytes { countChunks($0, cutter) }
            }
        }
    }

    private static func countChunks(
        _ bytes: UnsafeRawBufferPointer, _ cutter: ChunkCutter
    )
        -> UInt64
    {
        var count: UInt64 = 0
        var rest = bytes
        while !rest.isEmpty {
            rest = UnsafeRawBufferPointer(rebasing: rest[cutter.length(of: rest)...])
            count += 1
        }
        return count
    }
}

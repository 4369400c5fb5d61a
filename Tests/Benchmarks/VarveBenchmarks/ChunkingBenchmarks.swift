import Chunking
import FileCutting
import SnapshotModel
import Synchronization
import WorkerThreads

/// How fast chunk boundaries are found.
enum ChunkingBenchmarks {
    private static let inputInBytes = 32 * 1024 * 1024
    private static let stretchInBytes = 1024 * 1024

    static func all() -> [Benchmark] {
        [
            benchmark("chunking/general random", ChunkingParameters().general, SampleInput.random),
            benchmark("chunking/general text", ChunkingParameters().general, SampleInput.text),
            benchmark("chunking/opaque random", ChunkingParameters().opaque, SampleInput.random),
        ]
            + [1, processorCount()].map { stretches(threads: $0) }
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

    /// Stretches that threads look through, each as soon as it can, and one that puts together.
    private static func stretches(threads count: Int) -> Benchmark {
        Benchmark("chunking/general random in stretches, \(count) threads", .bytes) {
            let input = SampleInput.random(inputInBytes, seed: 1)
            let sizes = ChunkingParameters().general
            let cutter = ChunkCutter(
                minimum: sizes.minimum, average: sizes.average, maximum: sizes.maximum)
            return Workload(amount: input.count) {
                try countChunks(of: input, inStretchesBy: count, cutter)
            }
        }
    }

    private static func countChunks(
        of input: [UInt8], inStretchesBy threadCount: Int, _ cutter: ChunkCutter
    ) throws -> UInt64 {
        let starts = Array(stride(from: 0, through: input.count, by: stretchInBytes))
        let stretches = Monitor([FileStretch?](repeating: nil, count: starts.count))
        let next = Mutex(0)
        return try withThreads { threads in
            for _ in 0..<threadCount {
                threads.spawn {
                    while true {
                        let number = next.withLock { number in
                            defer { number += 1 }
                            return number
                        }
                        guard number < starts.count else { return }
                        let stretch = stretch(of: input, at: starts[number], cutter)
                        stretches.update { $0[number] = stretch }
                    }
                }
            }
            var stitcher = ChunkStitcher(cutter)
            var count: UInt64 = 0
            for number in starts.indices {
                let stretch = stretches.wait { $0[number].take() }
                count += UInt64(stitcher.cut(stretch)?.lengths.count ?? 0)
            }
            return count
        }
    }

    private static func stretch(
        of input: [UInt8], at offset: Int, _ cutter: ChunkCutter
    ) -> FileStretch {
        FileStretch(
            roomInBytes: cutter.maximumInBytes, mostInBytes: stretchInBytes, at: UInt64(offset),
            markedBy: cutter
        ) { buffer in
            let end = min(input.count, offset + stretchInBytes)
            buffer.copyBytes(from: input[offset..<end])
            return end - offset
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

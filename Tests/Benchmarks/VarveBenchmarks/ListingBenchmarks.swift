import RepositoryFormat
import SnapshotModel
import TestSupport

/// How fast listings are written and read.
enum ListingBenchmarks {
    private static let entryCount = 20_000
    /// Listings arrive chunk by chunk.
    private static let chunkInBytes = 16 * 1024

    static func all() -> [Benchmark] {
        [
            Benchmark("listing/encode entries", .operations) {
                let entries = makeEntries()
                return Workload(amount: entries.count) { UInt64(encode(entries).count) }
            },
            Benchmark("listing/decode entries", .operations) {
                let listing = encode(makeEntries())
                return Workload(amount: entryCount) {
                    let count = try decode(listing)
                    guard count == entryCount else {
                        throw BenchmarkError(description: "decoded \(count) entries")
                    }
                    return UInt64(count)
                }
            },
        ]
    }

    private static func encode(_ entries: [Entry]) -> [UInt8] {
        var writer = JSONWriter()
        for entry in entries { EntryCodec.append(entry, to: &writer) }
        return writer.bytes
    }

    private static func decode(_ listing: [UInt8]) throws -> Int {
        var decoder = ListingDecoder()
        var count = 0
        try listing.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: chunkInBytes) {
                let piece = bytes[start..<min(bytes.count, start + chunkInBytes)]
                count += try decoder.decode(UnsafeRawBufferPointer(rebasing: piece)).count
            }
        }
        try decoder.finish()
        return count
    }

    /// Files of one chunk, as most are, with names of equal length, so that they are in order.
    private static func makeEntries() -> [Entry] {
        var generator = SeededGenerator(seed: 5)
        return (0..<entryCount).map { number in
            let size = UInt64(generator.number(in: 100...16_000))
            let content = Content(sizeInBytes: size, levels: 0, chunks: [generator.chunkID()])
            let nanoseconds = UInt32(generator.number(in: 0...999_999_999))
            return Entry(
                name: FileName("source-file-\(1_000_000 + number).swift"), kind: .file(content),
                metadata: Metadata(
                    mode: 0o644, userID: 1000, groupID: 1000,
                    modified: Timestamp(seconds: 1_700_000_000, nanoseconds: nanoseconds)))
        }
    }
}

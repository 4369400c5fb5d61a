internal import ArgumentParser
import ChunkStorage
import Cryptography
import DirectoryStore
import Foundation
import ObjectStore
import RepositoryFormat
import SnapshotModel
import StoreCache
import TestSupport
import WorkerThreads

/// Makes index tables as large as one likes, or opens them and looks chunks up. Two commands, so
/// that memory and counters of a profiler are those of the lookups alone:
///
///     VarveBenchmarks index make FOLDER --entries 50000000 --tables 48
///     VarveBenchmarks index run FOLDER
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Make large index tables, or look chunks up in them.")

    /// What is looked up.
    enum Lookup: String, CaseIterable, ExpressibleByArgument {
        /// Nothing: the tables are only opened.
        case none
        case absent
        case present
    }

    enum Action: String, ExpressibleByArgument { case make, run }

    @Argument(help: "make or run.")
    var action: Action

    @Argument(help: "The folder of the store; for make it must not have tables.")
    var folder: String

    @Option(help: "For make: how many chunks the tables list together.")
    var entries = 50_000_000

    @Option(help: "For make: how many tables; 0 for as many as writers make.")
    var tables = 0

    @Option(help: "For run: none, absent or present; both unless given.")
    var lookup: Lookup?

    @Option(help: "For run: how many chunks each thread looks up.")
    var count = 2_000_000

    @Option(help: "For run: how many threads look up at once.")
    var threads = 1

    @Option(help: "For run: the folder where it is remembered which tables were verified.")
    var memory: String?

    func run() throws {
        let known = memory.map { memory in
            TableMemory(cacheDirectory: Array(memory.utf8), place: folder) { Int64(time(nil)) }
        }
        defer { known?.save() }
        let store = DirectoryStore(path: Array(folder.utf8), prove: known.map { $0.prove })
        switch action {
        case .make:
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try LargeIndex(store).make(entries: entries, tables: tables)
        case .run: try measure(store)
        }
    }

    private func measure(_ store: DirectoryStore) throws {
        var start = CPUTimes.now()
        let index = ChunkIndex(nil, in: store)
        try index.prepare()
        let entries = index.tables.reduce(0) { $0 + $1.table.chunkCount }
        print("open \(index.tables.count) tables, \(entries) entries: \(start.lap())")
        for lookup in [Lookup.absent, .present] where self.lookup ?? lookup == lookup {
            try measure(lookup, index)
        }
    }

    private func measure(_ lookup: Lookup, _ index: ChunkIndex) throws {
        let names = (0..<threads).map { self.names(lookup, index, seed: UInt64($0)) }
        var start = CPUTimes.now()
        let found = try mapInParallel(names, threadCount: threads) { names in
            names.count { index.rely(on: $0) }
        }
        let times = start.lap()
        let expected = lookup == .present ? count : 0
        guard found.allSatisfy({ $0 == expected }) else {
            throw BenchmarkError(description: "found \(found) chunks, not \(expected)")
        }
        let rate = Int(Double(count * threads) / times.cpuSeconds)
        print("look up \(count * threads) \(lookup) chunks: \(times), \(rate)/s of CPU")
    }

    private func names(_ lookup: Lookup, _ index: ChunkIndex, seed: UInt64) -> [ChunkID] {
        var generator = SeededGenerator(seed: 70 + seed)
        if lookup == .absent { return (0..<count).map { _ in generator.chunkID() } }
        let tables = index.tables.map(\.table)
        return (0..<count).map { _ in
            let table = generator.pick(tables)
            return table.chunkID(generator.number(in: 0...table.chunkCount - 1))
        }
    }
}

/// Wall and CPU time between two moments.
struct CPUTimes: CustomStringConvertible {
    let wallSeconds: Double
    let cpuSeconds: Double

    static func now() -> CPUTimes {
        CPUTimes(
            wallSeconds: seconds(CLOCK_MONOTONIC), cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID))
    }

    /// What has passed since; from now on the next lap is measured.
    mutating func lap() -> CPUTimes {
        let now = Self.now()
        defer { self = now }
        return CPUTimes(
            wallSeconds: now.wallSeconds - wallSeconds, cpuSeconds: now.cpuSeconds - cpuSeconds)
    }

    var description: String {
        String(format: "%.2f ms wall, %.2f ms CPU", wallSeconds * 1e3, cpuSeconds * 1e3)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Makes tables of chunks and packs that exist nowhere else.
struct LargeIndex {
    /// As real packs have: blocks of 1 MiB with chunks of 16 KiB, packs of 32 MiB.
    private static let chunksPerBlock = 64
    private static let chunksPerPack = 2048
    private static let chunkInBytes: UInt32 = 16 * 1024
    /// The largest table that writers make.
    private static let mostChunks = 1024 * 1024

    private let store: any ObjectStore

    init(_ store: any ObjectStore) { self.store = store }

    /// Makes tables of about the same size.
    /// - Parameter tables: how many; 0 for tables of the size at which writers merge no more.
    func make(entries: Int, tables: Int) throws {
        let count = tables > 0 ? tables : (entries + Self.mostChunks - 1) / Self.mostChunks
        var generator = SeededGenerator(seed: 50)
        for number in 0..<count {
            let share = entries * (number + 1) / count - entries * number / count
            var builder = IndexTableBuilder(
                session: SessionID(using: &generator), nonce: Nonce(using: &generator))
            builder.add(packs(of: share, &generator))
            let bytes = try builder.build()
            let id = TableID(bytes.withUnsafeBytes { SHA256.digest(of: $0) })
            try store.put(ObjectKey(ObjectNames.table(id)), ObjectBody(bytes))
        }
    }

    private func packs(
        of chunkCount: Int, _ generator: inout SeededGenerator
    ) -> [(record: PackRecord, chunks: [ChunkRecord])] {
        stride(from: 0, to: chunkCount, by: Self.chunksPerPack).map { start in
            pack(min(Self.chunksPerPack, chunkCount - start), &generator)
        }
    }

    private func pack(
        _ chunkCount: Int, _ generator: inout SeededGenerator
    ) -> (record: PackRecord, chunks: [ChunkRecord]) {
        let plain = UInt32(Self.chunksPerBlock) * Self.chunkInBytes
        let chunks = (0..<chunkCount).map { number in
            ChunkRecord(
                id: generator.chunkID(), block: UInt32(number / Self.chunksPerBlock),
                offset: UInt32(number % Self.chunksPerBlock) * Self.chunkInBytes,
                length: Self.chunkInBytes)
        }
        let blocks = (0..<UInt32((chunkCount + Self.chunksPerBlock - 1) / Self.chunksPerBlock)).map
        {
            BlockRecord(
                offset: UInt32(PackLayout.magic.count) + $0 * (plain / 2), storedLength: plain / 2,
                plainLength: plain, codec: .zstd, kind: .data)
        }
        let size = UInt64(blocks.count + 1) * UInt64(plain / 2)
        return (
            PackRecord(id: PackID(generator.digest()), sizeInBytes: size, blocks: blocks), chunks
        )
    }
}

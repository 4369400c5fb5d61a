import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing
import WorkerThreads

struct ChunkSaverTests {
    private let store = MemoryStore()

    @Test func theNameOfAChunkIsTheHashOfItsBytes() throws {
        var generator = SeededGenerator(seed: 1)
        let chunks = [[0], [UInt8](repeating: 0, count: 100), generator.bytes(100)]
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        for (chunk, id) in zip(chunks, ids) {
            #expect(id == ChunkID(chunk.withUnsafeBytes { SHA256.digest(of: $0) }))
        }
    }

    @Test func runsOfZerosOfAnyLengthHaveTheirOwnNames() throws {
        var generator = SeededGenerator(seed: 2)
        let lengths = [1, 7, 8, 9, 100, 100, 8, 1]
        let chunks = lengths.map { [UInt8](repeating: 0, count: $0) }
        let ids = try saveChunks(chunks, to: store, generator.sessionIdentity())
        let loader = try store.makeLoader()
        for (chunk, id) in zip(chunks, ids) { #expect(try loader.load(id) == chunk) }
    }

    @Test func oneByteAmongZerosIsSeenWhereverItIs() {
        for count in [1, 7, 8, 9, 16, 31] {
            var bytes = [UInt8](repeating: 0, count: count)
            #expect(bytes.withUnsafeBytes { $0.isAllZero })
            for position in 0..<count {
                bytes[position] = 1
                #expect(!bytes.withUnsafeBytes { $0.isAllZero })
                bytes[position] = 0
            }
        }
    }

    @Test func threadsThatSaveTheSameChunksStoreThemOnce() throws {
        var generator = SeededGenerator(seed: 3)
        // Tables to look through make the moment longer in which two threads can collide.
        for _ in 0..<2 {
            try saveChunks([generator.bytes(9)], to: store, generator.sessionIdentity())
        }
        let chunks = generator.array(300...300) { $0.bytes(16) }
        let threadCount = 4
        let arrived = Monitor(0)
        try saveChunks(to: store, generator.sessionIdentity()) { saver in
            try withThreads { threads in
                for number in 0..<threadCount {
                    threads.spawn {
                        let stream = try saver.makeStream(number % 2 == 0 ? .data : .metadata)
                        arrived.update { $0 += 1 }
                        arrived.wait { $0 == threadCount ? () : nil }
                        for chunk in chunks { _ = stream.save(chunk) }
                        stream.flush()
                    }
                }
            }
        }
        let stored = try store.packContents().flatMap { $0.chunks.map(\.id) }
        #expect(stored.count == chunks.count + 2)
        #expect(Set(stored).count == stored.count)
        let loader = try store.makeLoader()
        for id in stored { try loader.load(id) { _ in } }
    }

    @Test func aSmallSessionMakesOnePackAndOneTable() throws {
        var generator = SeededGenerator(seed: 4)
        let recording = RecordingStore(store)
        try saveChunks(to: recording, generator.sessionIdentity()) { saver in
            for kind in [BlockKind.metadata, .data] {
                let stream = try saver.makeStream(kind)
                for _ in 0..<10 { _ = stream.save(generator.text(1000)) }
                stream.flush()
            }
        }
        let puts = recording.calls.filter { $0.operation == .put }.map { $0.subjects[0] }
        #expect(puts.map { $0.prefix { $0 != "/" } } == ["packs", "indexes"])
        // Data first, so that one read of the pack's end brings the listings.
        #expect(try store.packContents().map { $0.blocks.map(\.kind) } == [[.data, .metadata]])
    }

    @Test func aSessionWithoutNewChunksWritesNothing() throws {
        var generator = SeededGenerator(seed: 5)
        let chunks = generator.array(5...5) { $0.bytes(100) }
        try saveChunks(chunks, to: store, generator.sessionIdentity())
        let recording = RecordingStore(store)
        try saveChunks(chunks, to: recording, generator.sessionIdentity())
        try saveChunks([], to: recording, generator.sessionIdentity())
        #expect(!recording.calls.contains { $0.operation == .put || $0.operation == .delete })
    }

    @Test func namesOfPacksAndTablesAreTheirHashes() throws {
        var generator = SeededGenerator(seed: 6)
        try saveChunks([[1], [2, 3]], to: store, generator.sessionIdentity())
        for name in try store.names() {
            let hash = SHA256.digest(of: try store.read(name))
            #expect(name.hasSuffix(hash.hexadecimal))
        }
    }

    @Test func everyObjectNamesItsSession() throws {
        var generator = SeededGenerator(seed: 7)
        let identity = generator.sessionIdentity()
        try saveChunks([[1], [2, 3]], to: store, identity)
        #expect(try store.packContents().map(\.session) == [identity.id])
        #expect(try store.openIndex().tables.map(\.table.session) == [identity.id])
    }

    @Test func equalChunksOfTwoSessionsNeverShareAName() throws {
        // Two writers at once, neither of which sees what the other has written.
        var generator = SeededGenerator(seed: 8)
        let (first, second) = (try store.openIndex(), try store.openIndex())
        try saveChunks([[1, 2, 3]], to: store, index: first, generator.sessionIdentity())
        try saveChunks([[1, 2, 3]], to: store, index: second, generator.sessionIdentity())
        #expect(try store.names(ObjectNames.packs).count == 2)
        #expect(try store.names(ObjectNames.indexes).count == 2)
    }

    @Test func packsAreReportedBeforeTheyAreSent() throws {
        var generator = SeededGenerator(seed: 9)
        let reported = Mutex<[PackID]>([])
        let store = store
        try saveChunks(
            to: store, generator.sessionIdentity(),
            willStore: { pack in
                #expect(store.list(prefix: ObjectNames.pack(pack).dropLastComponent).isEmpty)
                reported.withLock { $0.append(pack) }
            },
            { saver in
                let stream = try saver.makeStream(.data)
                _ = stream.save([1])
                stream.flush()
            })
        let stored = try store.names(ObjectNames.packs).compactMap { ObjectNames.packID($0) }
        #expect(reported.withLock { $0 } == stored)
    }

    @Test func compressionIsChosenForEachBlock() throws {
        var generator = SeededGenerator(seed: 10)
        let text = generator.text(5000)
        let random = generator.bytes(5000)
        try saveChunks([text], to: store, generator.sessionIdentity())
        try saveChunks([random], to: store, generator.sessionIdentity())
        try saveChunks([[5] + text], to: store, generator.sessionIdentity(), compression: .off)
        let blocks = try store.packContents().flatMap(\.blocks)
        #expect(Set(blocks.map(\.codec)) == [.zstd, .stored])
        for block in blocks {
            #expect((block.codec == .stored) == (block.storedLength == block.plainLength))
        }
        #expect(blocks.count { $0.codec == .zstd } == 1)
    }
}

extension String {
    /// The name up to and with its last slash.
    fileprivate var dropLastComponent: String {
        String(self[...(lastIndex(of: "/") ?? startIndex)])
    }
}

extension SHA256 {
    fileprivate static func digest(of bytes: [UInt8]) -> Digest256 {
        bytes.withUnsafeBytes { digest(of: $0) }
    }
}

import ChunkStorage
import Cryptography
import FileCutting
import FileHandles
import FileTree
import RepositoryFormat
import SnapshotModel
import Synchronization
import WorkerThreads

/// Cuts local files and notes which chunks they have.
final class LocalScanner: Sendable {
    /// What is found in one file.
    private struct Found {
        var claims: [LocalSources.Claim] = []
        var isStored = true
    }

    /// A file to be cut.
    struct Candidate: Sendable {
        let source: LocalSource
        let sizeInBytes: UInt64
        /// Whether to find out if the repository has everything that is in the file.
        var asksIfStored = false
    }

    private struct State {
        var claims: [LocalSources.Claim] = []
        var open: [UInt32: FileHandle] = [:]
        var stored: [[UInt8]: FileStatus] = [:]
        var known: [(source: LocalSource, content: Content)] = []
        /// About how many chunks the known ones have.
        var knownChunks = 0
    }

    /// Descriptors that stay open; the largest files have them.
    private static let openFiles = 128

    private let cutters: FileCutters
    private let index: ChunkIndex
    private let cancellation: Cancellation
    private let state = Mutex(State())

    init(_ cutters: FileCutters, _ index: ChunkIndex, _ cancellation: Cancellation) {
        self.cutters = cutters
        self.index = index
        self.cancellation = cancellation
    }

    /// Adds a file whose content is known, so that it need not be read.
    func add(_ source: LocalSource, _ content: Content) {
        state.withLock { state in
            state.known.append((source, content))
            state.knownChunks += content.chunks.count
        }
    }

    /// Whether further files would be added in vain.
    var isFull: Bool { state.withLock { $0.knownChunks >= LocalSources.mostChunks } }

    /// Cuts files on several threads. Files that cannot be read have nothing.
    func scan(
        _ candidates: [Candidate], loader: ChunkLoader, threadCount: Int
    ) throws -> SourceFinder.Found {
        // The largest first: they take longest, and they are the ones to be kept open.
        let sorted = candidates.sorted { $0.sizeInBytes > $1.sizeInBytes }
        _ = try mapInParallel(Array(sorted.indices), threadCount: threadCount) { [self] number in
            try scan(sorted[number], number)
        }
        let known = state.withLock { $0.known }
        for (number, file) in known.enumerated() {
            try note(file.content, of: sorted.count + number, loader)
        }
        let open = openFiles(known, after: sorted.count)
        return state.withLock { state in
            let sources = LocalSources(
                sorted.map(\.source) + known.map(\.source), claims: state.claims, open: open)
            return SourceFinder.Found(sources: sources, storedFiles: state.stored)
        }
    }

    /// The files that stay open, the largest known ones among them.
    private func openFiles(
        _ known: [(source: LocalSource, content: Content)], after count: Int
    ) -> [UInt32: FileHandle] {
        var open = state.withLock { $0.open }
        let largest = known.indices.sorted {
            known[$0].content.sizeInBytes > known[$1].content.sizeInBytes
        }
        for number in largest.prefix(Self.openFiles) {
            do throws(SystemCallError) {
                open[UInt32(count + number)] = try known[number].source.open()
            } catch {
                // It has nothing to give, and what it should have had is fetched.
                continue
            }
        }
        return open
    }

    /// Notes the chunks of a file whose content is known.
    private func note(_ content: Content, of number: Int, _ loader: ChunkLoader) throws {
        var claims: [LocalSources.Claim] = []
        var offset: UInt64 = 0
        do {
            try loader.forEachChunk(of: content) { id in
                guard let length = try index.locations(of: id).first?.length else {
                    throw UnknownLength()
                }
                if let claim = LocalSources.Claim(id, source: number, offset: offset) {
                    claims.append(claim)
                }
                offset += UInt64(length)
            }
        } catch is UnknownLength {
            // The chunks before are where they are; of those behind nobody knows.
        } catch is RepositoryError {
        }
        state.withLock { state in
            let room = max(0, LocalSources.mostChunks - state.claims.count)
            state.claims += claims.prefix(room)
        }
    }

    /// The repository does not have a chunk of a file any more.
    private struct UnknownLength: Error {}

    private func scan(_ candidate: Candidate, _ number: Int) throws {
        do {
            let file = try candidate.source.open()
            let status = try file.status()
            guard status.kind == .file else { return }
            let found = try cut(file, status, number)
            state.withLock { state in
                let room = max(0, LocalSources.mostChunks - state.claims.count)
                state.claims += found.claims.prefix(room)
                if number < Self.openFiles { state.open[UInt32(number)] = file }
                if candidate.asksIfStored, found.isStored {
                    state.stored[candidate.source.path] = status
                }
            }
        } catch is SystemCallError {
            // A file that cannot be read has nothing to give.
            return
        }
    }

    private func cut(_ file: FileHandle, _ status: FileStatus, _ number: Int) throws -> Found {
        file.adviseSequential()
        var reader = try LargeFileReader(file, status, cutters)
        var hash = SHA256()
        var found = Found()
        var offset: UInt64 = 0
        while let piece = try reader.next() {
            try cancellation.check()
            switch piece {
            case .zeros(let count, let length):
                cutters.withZeros(length) { note($0, at: offset, of: number, &hash, &found) }
                offset += UInt64(count * length)
            case .chunks(let bytes):
                bytes.forEachChunk { chunk in
                    note(chunk, at: offset, of: number, &hash, &found)
                    offset += UInt64(chunk.count)
                }
            }
        }
        let after = try file.status()
        // A file that changes while it is read is not known to be stored.
        if !status.hasSameContentStamps(as: after) { found.isStored = false }
        return found
    }

    private func note(
        _ chunk: UnsafeRawBufferPointer, at offset: UInt64, of number: Int, _ hash: inout SHA256,
        _ found: inout Found
    ) {
        let id = ChunkID(hash.digest(of: chunk))
        // Only what the repository has can be wanted.
        guard index.contains(id) else {
            found.isStored = false
            return
        }
        // Zeros cost nothing to fetch, for all of them are one chunk.
        if chunk.isAllZero { return }
        if let claim = LocalSources.Claim(id, source: number, offset: offset) {
            found.claims.append(claim)
        }
    }
}

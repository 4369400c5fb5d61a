import ChunkStorage
import FileHandles
import ObjectStore
import RepositoryAccess
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Streams that are taken as files.
struct StreamTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func take(
        _ producer: StreamSource.Producer, through store: (any ObjectStore)? = nil,
        cancellation: Cancellation = Cancellation(),
        change: (inout SnapshotSettings) -> Void = { _ in }
    ) throws -> SnapshotRun {
        try sandbox.snapshot(through: store, cancellation: cancellation) { settings in
            let stream = StreamSource(name: FileName("dump"), producer: producer)
            settings.stream = stream
            settings.sources = [stream.path]
            change(&settings)
        }
    }

    private func take(
        _ bytes: [UInt8], change: (inout SnapshotSettings) -> Void = { _ in }
    ) throws -> SnapshotRun {
        let pipe = try StreamPipe()
        pipe.feed(bytes)
        defer { pipe.join() }
        return try take(.file(pipe.output), change: change)
    }

    /// A program that writes what the text of a shell says.
    private func shell(_ text: String) -> StreamSource.Producer {
        .program(
            words: ["sh", "-c", text].map { Array($0.utf8) },
            variables: [Array("PATH=/usr/bin:/bin".utf8)])
    }

    private func entry(_ id: SnapshotID) throws -> Entry {
        try sandbox.treeReader().entry(at: [FileName("dump")], in: sandbox.manifest(id).root)
    }

    @Test(arguments: [0, 10, 3_000_000])
    func `a stream comes back as a file of its name, private to the user`(size: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size))
        let bytes = generator.mixedBytes(size)
        let run = try take(bytes)
        #expect(
            run.report.counts
                == TreeCounts(
                    files: 1, directories: 1, others: 0, bytes: UInt64(size)))
        #expect(run.report.readFiles == 1)
        let file = try sandbox.restore(run.report.id).target.appending("dump")
        #expect(try file.read() == bytes)
        #expect(try file.status().permissions == 0o600)
        #expect(try file.status().userID == geteuid())
        let manifest = try sandbox.manifest(run.report.id)
        #expect(manifest.paths == [Array("/dump".utf8)])
        let written = try entry(run.report.id).metadata.modified
        // Snapshots of the sandbox believe that they are made in an hour.
        #expect(written.seconds - sandbox.now().seconds > 3500)
        #expect(try sandbox.check().problems == [])
    }

    @Test(arguments: seeds(count: 2))
    func `a stream and a file of the same bytes have the same content`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = generator.bytes(generator.number(in: 2_000_000...4_000_000))
        try sandbox.source.appending("dump").write(bytes)
        let file = try sandbox.snapshot()
        let stream = try take(bytes)
        // The line of its listing, with the IDs of all chunks, only.
        #expect(stream.report.newBytes < 30_000)
        #expect(try entry(stream.report.id).kind == entry(file.report.id).kind)
    }

    @Test func `an equal stream makes no new snapshot when that is wanted`() throws {
        let first = try take([1, 2, 3])
        let second = try take([1, 2, 3]) { $0.skipsUnchanged = true }
        #expect(!second.report.isNew)
        #expect(second.report.id == first.report.id)
        let other = try take([1, 2, 4]) { $0.skipsUnchanged = true }
        #expect(other.report.isNew)
        #expect(try sandbox.manifest(other.report.id).parent == first.report.id)
        let third = try take([1, 2, 4])
        #expect(third.report.isNew)
        #expect(
            try sandbox.manifest(third.report.id).root == sandbox.manifest(other.report.id).root)
    }

    @Test func `it does not on another machine either`() throws {
        let first = try take([1, 2, 3])
        let elsewhere = sandbox.freshPath("other-cache").bytes
        let second = try take([1, 2, 3]) {
            $0.skipsUnchanged = true
            $0.cacheDirectory = elsewhere
        }
        #expect(second.report.id == first.report.id)
        let other = try take([3]) { $0.cacheDirectory = sandbox.freshPath("other-cache").bytes }
        #expect(try sandbox.manifest(other.report.id).parent == first.report.id)
    }

    @Test func `a parent without the name, or with something else of it, does no harm`() throws {
        let path = Array("/dump".utf8)
        for kind in ["file", "dump"] {
            let folder = sandbox.source.appending(kind)
            try folder.makeDirectory()
            // The manifest of a folder that names the stream's path.
            let run = try sandbox.snapshot { $0.cacheDirectory = sandbox.freshPath("cache").bytes }
            var manifest = try sandbox.manifest(run.report.id)
            manifest.paths = [path]
            _ = try sandbox.open().save(manifest)
            let stream = try take([7]) { $0.cacheDirectory = sandbox.freshPath("cache").bytes }
            #expect(try sandbox.restore(stream.report.id).target.appending("dump").read() == [7])
        }
    }

    @Test func `a stream that cannot be read makes no snapshot`() throws {
        let folder = try sandbox.directory.open()
        let input = try FileHandle.duplicate(folder.descriptor, named: "it")
        let error = #expect(throws: SnapshotError.self) { try take(.file(input)) }
        #expect(error?.code == .unreadableStream)
        #expect(error?.path == Array("it".utf8))
        #expect(error?.cause == "Is a directory")
        #expect(try sandbox.manifests().isEmpty)
    }

    @Test(arguments: [
        ("head -c 3000000 /dev/zero; exit 3", "it ended with exit code 3"),
        ("echo some; kill -KILL $$", "it was ended by signal 9"),
        ("exec >&-; exit 1", "it ended with exit code 1"),
    ])
    func `a program that fails makes no snapshot, however it does`(
        text: String, cause: String
    ) throws {
        let error = #expect(throws: SnapshotError.self) { try take(shell(text)) }
        #expect(error?.code == .failedProgram)
        #expect(error?.path == Array("sh".utf8))
        #expect(error?.cause == cause)
        #expect(try sandbox.manifests().isEmpty)
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a program that is not there is found out before anything is written`() throws {
        let recorder = RecordingStore(sandbox.store)
        for name in ["no-such-program", "/no/such/program", ""] {
            let error = #expect(throws: SnapshotError.self) {
                try take(.program(words: [Array(name.utf8)], variables: []), through: recorder)
            }
            #expect(error?.code == .noProgram)
            var settings = SnapshotSettings(
                sources: [], host: "", user: "", cacheDirectory: [], tool: "")
            settings.stream = StreamSource(
                name: FileName("dump"),
                producer: .program(words: [Array(name.utf8)], variables: []))
            #expect(throws: SnapshotError.self) { try settings.checkSources() }
        }
        #expect(try sandbox.manifests().isEmpty)
    }

    @Test func `what a failed program has written is found by the next run`() throws {
        var generator = SeededGenerator(seed: 8)
        let file = DiskPath(sandbox.directory.appending("bytes"))
        try file.write(generator.bytes(40_000_000))
        #expect(throws: SnapshotError.self) { try take(shell("cat \(file.text); exit 1")) }
        let run = try take(shell("cat \(file.text)"))
        // A pack holds some 32 MiB; what was not in a full one was never stored.
        #expect(run.traffic.uploadedBytes < 20_000_000)
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a program that goes on without output is waited for`() throws {
        let mark = sandbox.freshPath("mark")
        let run = try take(shell("echo early; exec >&-; sleep 0.2; echo > \(mark.text)"))
        #expect(mark.exists)
        #expect(
            try sandbox.restore(run.report.id).target.appending("dump").read()
                == Array("early\n".utf8))
    }

    @Test(arguments: ["sleep 0.01", "exec >&-; sleep 0.01", "echo more"])
    func `a run that is interrupted ends the program`(text: String) throws {
        let cancellation = Cancellation()
        let mark = sandbox.freshPath("mark")
        let watch = OwnedThread {
            while !mark.exists { sched_yield() }
            cancellation.cancel()
        }
        #expect(throws: Interrupted()) {
            try take(
                shell(
                    "trap 'rm \(mark.text); exit 0' TERM; echo > \(mark.text);"
                        + " while :; do \(text); done"),
                cancellation: cancellation)
        }
        watch.join()
        // The program has seen the signal, and the run has waited for it.
        #expect(!mark.exists)
        #expect(try sandbox.manifests().isEmpty)
    }

    /// Takes a stream that says nothing until its session has got older, and then ends once
    /// `isEnough` says so of the sessions that were opened.
    private func takeSilent(
        forSeconds count: UInt64, _ isEnough: @escaping @Sendable (_ sessions: Int) -> Bool
    ) throws -> SnapshotRun {
        let sessions = Mutex(0)
        let store = HookedStore(
            sandbox.store,
            afterPut: { key in
                if key.description.contains("session.") { sessions.withLock { $0 += 1 } }
            })
        let pipe = try StreamPipe()
        pipe.write([1])
        pipe.run { [sandbox] _ in
            while sessions.withLock({ $0 }) == 0 { sched_yield() }
            sandbox.uptimeInSeconds += count
            while !isEnough(sessions.withLock { $0 }) { sched_yield() }
        }
        defer { pipe.join() }
        return try take(.file(pipe.output), through: store)
    }

    @Test func `a session is kept while a stream is silent`() throws {
        let lease = UInt64(sandbox.leaseInSeconds)
        let run = try takeSilent(forSeconds: lease / 2 + 1) { $0 >= 2 }
        #expect(run.report.isNew)
        #expect(try sandbox.check().problems == [])
    }

    @Test func `a session that lapses makes no snapshot, for a stream is read only once`() throws {
        let lease = UInt64(sandbox.leaseInSeconds)
        let error = #expect(throws: RepositoryError.self) {
            _ = try takeSilent(forSeconds: 2 * lease) { _ in true }
        }
        #expect(error?.code == .changed)
        #expect(error?.cause.contains("a stream is read only once") == true)
        #expect(try sandbox.manifests().isEmpty)
    }

    @Test func `a store that fails stops a stream that never ends`() throws {
        let store = FaultyStore(
            sandbox.store, FaultyStore.Fault(.put, call: 2, isPermanent: true, code: .noSpace))
        let error = #expect(throws: StoreError.self) {
            try take(shell("while :; do head -c 1000000 /dev/urandom; done"), through: store)
        }
        #expect(error?.code == .noSpace)
        let endless = try StreamPipe()
        store.set(FaultyStore.Fault(.put, call: 2, isPermanent: true, code: .noSpace))
        endless.run { pipe in
            var generator = SeededGenerator(seed: 9)
            // Ends when nobody reads any more.
            while pipe.write(generator.bytes(1_000_000)) {}
        }
        #expect(throws: StoreError.self) { try take(.file(endless.output), through: store) }
        endless.closeOutput()
        endless.join()
    }
}

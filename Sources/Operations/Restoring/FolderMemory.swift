import ChunkStorage
import Cryptography
import FileTree
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import StatCaching

/// What is remembered of a target between runs, on this machine.
struct FolderMemory {
    /// What the last run has left; `nil` when nothing is remembered.
    let state: FolderState?
    /// What the target looked like then.
    let record: StatCache?
    /// Writes down what it looks like now; `nil` when nothing is to be remembered.
    let writer: FolderRecordWriter?

    private let settings: RestoreSettings
    private let files: FolderFiles?

    init(_ settings: RestoreSettings, _ repository: Repository) {
        self.settings = settings
        guard let memory = settings.memory else {
            (state, record, writer, files) = (nil, nil, nil, nil)
            return
        }
        let files = FolderFiles(
            cache: memory.cacheDirectory, repository: repository.description.id,
            host: memory.host, paths: [settings.target])
        self.files = files
        state = FolderState.load(files.state)
        record = state.flatMap { StatCache(path: files.statCache, digest: $0.statCache) }
        if settings.isDryRun || settings.manifest == nil {
            writer = nil
        } else {
            files.prepare()
            writer = FolderRecordWriter(path: files.statCache, old: record)
        }
    }

    /// Whether this machine has restored to the target, or taken it, before.
    var isKnown: Bool {
        if state != nil { return true }
        guard let memory = settings.memory, let manifest = settings.manifest else { return false }
        return manifest.host == memory.host && manifest.paths.contains(settings.target)
    }

    /// Remembers that an empty folder is being filled, so that a run that is killed can be repeated
    /// with everything that may be done to a folder that is known.
    func begin(_ entry: Entry) {
        guard writer != nil, state == nil, let files, let manifest = settings.manifest,
            case .directory = entry.kind
        else { return }
        // Without an origin, for it is not there yet; no tree and no stat cache have this hash.
        FolderState(
            parent: FolderState.Parent(
                id: manifest.id, time: manifest.time, rootID: Digest256.zero),
            statCache: Digest256.zero, tables: [], counts: manifest.counts, origin: nil
        ).save(files.state)
    }

    /// Remembers a restore that has ended.
    func save(_ entry: Entry, _ index: ChunkIndex) {
        guard let writer, let files, let memory = settings.memory,
            let manifest = settings.manifest, case .directory = entry.kind
        else { return }
        let digest: Digest256
        switch writer.finish() {
        case .written(let hash): digest = hash
        case .unchanged:
            guard let state else { return }
            digest = state.statCache
        case .failed: return
        }
        let isWhole = memory.subpath.isEmpty
        let rootID =
            isWhole
            ? EntryCodec.encode(manifest.root).withUnsafeBytes(SHA256.digest)
            // No tree has this one: a part of a snapshot is none.
            : Digest256.zero
        FolderState(
            parent: FolderState.Parent(id: manifest.id, time: manifest.time, rootID: rootID),
            statCache: digest, tables: tables(index), counts: manifest.counts,
            origin: FolderOrigin(
                snapshot: manifest.id, time: manifest.time, host: manifest.host,
                paths: manifest.paths, subpath: memory.subpath.map(\.bytes))
        ).save(files.state)
    }

    /// The tables that list everything that the stat cache names. What it still has from before may
    /// be in tables that are gone: then the next run asks chunk by chunk.
    private func tables(_ index: ChunkIndex) -> [TableID] {
        let present = index.tables.compactMap(\.id)
        return present + Set(state?.tables ?? []).subtracting(present).sorted()
    }
}

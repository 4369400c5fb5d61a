import ChunkMarking
import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

@testable import Pruning

/// What a pruner sees, in which order, and when that is worth nothing.
struct RepositoryLookTests {
    private let sandbox: Sandbox
    private let settings: PruneSettings
    private let kept: SnapshotID

    init() throws {
        sandbox = try Sandbox(seed: 221, averageChunkInBytes: 4096)
        var settings = PruneSettings(
            policy: PrunePolicy(packTargetInBytes: 1024 * 1024), marking: .local,
            uploads: .directory)
        settings.graceInSeconds = 3600
        self.settings = settings
        var generator = SeededGenerator(seed: 221)
        try sandbox.source.appending("file").write(generator.bytes(30_000))
        kept = try sandbox.snapshot().report.id
    }

    /// A pruner's session, and what looks for it.
    private func makeLooker(
        through store: (any ObjectStore)? = nil
    ) throws -> (looker: RepositoryLooker, session: SessionID) {
        let session = try Session.open(
            in: sandbox.open(), sandbox.session, purpose: "test of looks")
        let looker = RepositoryLooker(
            try sandbox.open(through: store), settings, session: session.id)
        return (looker, session.id)
    }

    /// Adds a pack and a table that names it.
    private func addTable(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        do {
            try saveChunks(
                [generator.bytes(500)], to: sandbox.store, generator.sessionIdentity())
        } catch { Issue.record("\(error)") }
    }

    @Test func `manifests are listed first, then tables, packs, and the tables again`() throws {
        let lists = Mutex<[String]>([])
        let store = HookedStore(sandbox.store, counted: [.list]) { call in
            lists.withLock { $0.append(call.subject) }
        }
        let (looker, _) = try makeLooker(through: store)
        let look = try looker.again(now: nil).look
        #expect(
            lists.withLock { $0 } == [
                ObjectNames.snapshots, ObjectNames.forgotten, ObjectNames.indexes,
                ObjectNames.packs, ObjectNames.indexes,
            ])
        #expect(try look.packs.count == sandbox.names(ObjectNames.packs).count)
        #expect(looker.roots.manifests.map(\.id) == [kept])
        #expect(looker.writers.contains(try sandbox.manifest(kept).session))
    }

    @Test func `a look during which a table was added is taken again`() throws {
        let looks = Mutex(0)
        let store = HookedStore(sandbox.store, counted: [.list]) { [self] call in
            guard call.subject == ObjectNames.packs else { return }
            let number = looks.withLock { looks in
                looks += 1
                return looks
            }
            if number == 1 { addTable(222) }
        }
        let (looker, _) = try makeLooker(through: store)
        let look = try looker.again(now: nil).look
        #expect(looks.withLock { $0 } == 2)
        let tables = try RepositoryView.list(in: sandbox.store).tables
        #expect(Set(look.view.tables.map(\.id)) == Set(tables.map(\.id)))
    }

    @Test func `who is overtaken by others every time gives up`() throws {
        let looks = Mutex<UInt64>(0)
        let store = HookedStore(sandbox.store, counted: [.list]) { [self] call in
            guard call.subject == ObjectNames.packs else { return }
            addTable(
                looks.withLock { looks in
                    looks += 1
                    return 300 + looks
                })
        }
        let (looker, _) = try makeLooker(through: store)
        #expect(throws: repositoryError(.changed)) { try looker.again(now: nil) }
        #expect(looks.withLock { $0 } == 10)
    }

    @Test(arguments: [true, false])
    func `the look of a pruner that was declared dead is worth nothing`(isGone: Bool) throws {
        let id = Mutex<SessionID?>(nil)
        let store = HookedStore(sandbox.store, counted: [.list]) { [self] call in
            guard call.subject == ObjectNames.packs, let session = id.withLock({ $0 }) else {
                return
            }
            do {
                if isGone {
                    let name = ProtocolMarker.session(
                        session, leaseInSeconds: sandbox.leaseInSeconds
                    ).name
                    try sandbox.store.delete([ObjectKey(name)])
                } else {
                    let name = ProtocolMarker.dead(session).name
                    try sandbox.store.put(ObjectKey(name), ObjectBody([]))
                }
            } catch { Issue.record("\(error)") }
        }
        let (looker, session) = try makeLooker(through: store)
        _ = try looker.again(now: nil)
        id.withLock { $0 = session }
        #expect(throws: repositoryError(.changed)) { try looker.again(now: nil) }
    }

    @Test func `what is condemned goes, what a table names alone is gone`() throws {
        addTable(223)
        addTable(224)
        let packs = try sandbox.names(ObjectNames.packs).compactMap { ObjectNames.packID($0) }
        var generator = SeededGenerator(seed: 225)
        // Nothing needs the two packs that were added last.
        let needed = try packs.filter { pack in
            let contents = try PackReader.contents(of: pack, in: sandbox.store).contents
            return contents.session == (try sandbox.manifest(kept)).session
        }
        let others = packs.filter { !needed.contains($0) }
        #expect(needed.count == 1 && others.count == 2)
        let act = Condemnation(
            id: CondemnationID(using: &generator), packs: [others[0]],
            session: SessionID(using: &generator))
        _ = try act.write(to: sandbox.store)
        try sandbox.store.delete([ObjectKey(ObjectNames.pack(others[1]))])
        let look = try makeLooker().looker.again(now: nil).look
        #expect(look.condemnedPacks == [others[0]])
        let standing = look.standing
        #expect(standing(needed[0]) == .stays)
        #expect(standing(others[0]) == .goes)
        #expect(standing(others[1]) == .isGone)
        #expect(standing(PackID(generator.digest())) == .isGone)
    }

    /// Why a snapshot whose pack is gone is no damage.
    enum Excuse: CaseIterable {
        case forgotten
        case deadSession
        case goneMeanwhile
    }

    private func losePacks() throws {
        for name in try sandbox.names(ObjectNames.packs) {
            try sandbox.store.delete([ObjectKey(name)])
        }
    }

    @Test func `a snapshot that lacks something is damage`() throws {
        try losePacks()
        #expect(throws: repositoryError(.damaged)) {
            try makeLooker().looker.again(now: nil)
        }
    }

    @Test(arguments: Excuse.allCases)
    func `what nobody was told of, or was removed, may lack anything`(_ excuse: Excuse) throws {
        let manifest = try sandbox.manifest(kept)
        let store = HookedStore(sandbox.store, counted: [.list]) { [sandbox] call in
            // After the manifest was read.
            guard call.subject == ObjectNames.packs, excuse == .goneMeanwhile else { return }
            do { try sandbox.forget([manifest.id]) } catch { Issue.record("\(error)") }
        }
        switch excuse {
        case .forgotten: try sandbox.forget([kept])
        case .deadSession:
            let name = ProtocolMarker.dead(manifest.session).name
            try sandbox.store.put(ObjectKey(name), ObjectBody([]))
        case .goneMeanwhile: break
        }
        let (looker, _) = try makeLooker(through: store)
        // The listings were read while they were there.
        _ = try excuse == .goneMeanwhile ? nil : looker.again(now: nil)
        try losePacks()
        let (look, selection) = try looker.again(now: nil)
        #expect(look.packs.isEmpty)
        #expect(selection.count == 0)
        #expect(selection.lostCount > 0 || excuse == .goneMeanwhile)
    }
}

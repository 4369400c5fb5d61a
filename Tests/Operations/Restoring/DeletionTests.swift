import FileHandles
import ObjectStore
import Restoring
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What is removed that the snapshot does not have: neither more nor less than the policy says.
struct DeletionTests {
    private let sandbox: Sandbox
    private let id: SnapshotID
    private let target: DiskPath

    init() throws {
        sandbox = try Sandbox()
        // On the disk, where numbers of inodes are used again.
        target = DiskPath(sandbox.directory.appending("target"))
        try sandbox.source.appending("kept").makeDirectory()
        try sandbox.source.appending("kept/file").write([1])
        try sandbox.source.appending("old").makeDirectory()
        for name in ["old/a", "old/b", "old/inner", "kept/old"] {
            if name == "old/inner" { try sandbox.source.appending(name).makeDirectory() }
            let file = name == "old/inner" ? "old/inner/c" : name
            try sandbox.source.appending(file).write(Array(file.utf8))
        }
        let first = try sandbox.snapshot().report.id
        _ = try sandbox.restore(first, to: target) { [sandbox] in $0.memory = sandbox.memory() }
        try sandbox.waitForTick()
        try sandbox.source.appending("old").remove()
        try sandbox.source.appending("kept/old").remove()
        try sandbox.source.appending("kept/new").write(Array("new".utf8))
        id = try sandbox.snapshot().report.id
    }

    private func restore(
        _ policy: DeletionPolicy, to other: DiskPath? = nil,
        change: (inout RestoreSettings) -> Void = { _ in },
        onEvent: @escaping @Sendable (RestoreEvent) -> Void = { _ in }
    ) throws -> RestoreRun {
        try sandbox.restore(
            id, to: other ?? target,
            change: { settings in
                settings.memory = sandbox.memory()
                settings.deletion = policy
                change(&settings)
            }, onEvent: onEvent)
    }

    @Test(arguments: [DeletionPolicy.unchanged, .everything])
    func `what was restored before and is gone from the snapshot is removed`(
        policy: DeletionPolicy
    ) throws {
        let run = try restore(policy)
        #expect(
            run.deleted.sorted() == [
                "kept/old", "old", "old/a", "old/b", "old/inner", "old/inner/c",
            ])
        #expect(run.counts.deleted == 6)
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    @Test func `nothing is removed unless that was asked for`() throws {
        let run = try restore(.nothing)
        #expect(run.deleted.isEmpty)
        #expect(try target.appending("old/inner/c").read() == Array("old/inner/c".utf8))
    }

    @Test func `what was changed or added here stays when only the unchanged goes`() throws {
        try target.appending("old/a").write(Array("mine".utf8))
        try target.appending("old/inner/mine").write(Array("mine".utf8))
        try target.appending("mine").makeDirectory()
        try target.appending("mine/empty").makeDirectory()
        let run = try restore(.unchanged)
        #expect(run.problems == [])
        #expect(run.deleted.sorted() == ["kept/old", "old/b", "old/inner/c"])
        #expect(try target.appending("old/a").read() == Array("mine".utf8))
        #expect(try target.appending("old/inner/mine").read() == Array("mine".utf8))
        #expect(target.appending("mine/empty").exists)
        let again = try restore(.unchanged)
        #expect(again.deleted.isEmpty)
        let all = try restore(.everything)
        #expect(all.problems == [])
        #expect(try compareTrees(sandbox.source, target) == [])
    }

    @Test(arguments: [DeletionPolicy.unchanged, .everything])
    func `links are removed and never followed`(policy: DeletionPolicy) throws {
        let outside = sandbox.freshPath("outside")
        try outside.makeDirectory()
        try outside.appending("file").write([7])
        let before = try outside.status()
        try target.appending("link").makeLink(to: outside.bytes)
        try target.appending("old/inner").remove()
        try target.appending("old/inner").makeLink(to: outside.bytes)
        let run = try restore(policy)
        #expect(run.problems == [])
        #expect(target.appending("link").exists == (policy == .unchanged))
        #expect(target.appending("old/inner").exists == (policy == .unchanged))
        #expect(try outside.status() == before)
        #expect(try outside.appending("file").read() == [7])
    }

    @Test func `a target that is a link is the folder that it leads to`() throws {
        let other = DiskPath(sandbox.directory.appending("elsewhere"))
        try target.rename(to: other)
        try target.makeLink(to: other.bytes)
        let run = try restore(.everything)
        #expect(run.problems == [])
        #expect(try compareTrees(sandbox.source, other) == [])
    }

    @Test func `folders that may not be written to are removed all the same`() throws {
        let (sandbox, id) = (sandbox, id)
        let names = try sandbox.source.names()
        let place = try TemporaryDirectory.shared()
        try withoutPrivileges {
            let target = DiskPath(place.appending("target"))
            _ = try sandbox.restore(id, to: target)
            for name in ["locked", "locked/inner"] { try target.appending(name).makeDirectory() }
            try target.appending("locked/inner/file").write([1])
            try target.appending("locked/inner").setPermissions(0o500)
            try target.appending("locked").setPermissions(0)
            let run = try sandbox.restore(id, to: target) { settings in
                settings.deletion = .everything
                settings.forcesDeletion = true
            }
            #expect(run.deleted.count == 3)
            #expect(!target.appending("locked").exists)
            #expect(try target.names() == names)
        }
    }

    @Test func `a folder that nobody knows is refused unless it is forced or empty`() throws {
        let other = sandbox.freshPath()
        try other.makeDirectory()
        let empty = try restore(.everything, to: other)
        #expect(empty.problems == [])
        let unknown = sandbox.freshPath()
        try unknown.makeDirectory()
        try unknown.appending("mine").write([1])
        for isDryRun in [false, true] {
            let error = #expect(throws: RestoreError.self) {
                try restore(.everything, to: unknown) { $0.isDryRun = isDryRun }
            }
            #expect(error?.code == .wrongTarget)
            #expect(try unknown.names() == [Array("mine".utf8)])
        }
        let run = try restore(.everything, to: unknown) { $0.forcesDeletion = true }
        #expect(run.deleted == ["mine"])
        #expect(try compareTrees(sandbox.source, unknown) == [])
    }

    @Test func `the root and the home folder are refused, by whatever path`() throws {
        let home = sandbox.freshPath("home")
        try home.makeDirectory()
        let link = sandbox.freshPath("link")
        try link.makeLink(to: home.bytes)
        for path in [home, link, home.appending("."), DiskPath("/"), DiskPath("//")] {
            let error = #expect(throws: RestoreError.self) {
                try restore(.everything, to: path) { settings in
                    settings.protectedFolders = [home.bytes]
                    settings.isDryRun = true
                }
            }
            #expect(error?.code == .wrongTarget, "\(path.text)")
        }
        _ = try restore(.everything, to: home) { settings in
            settings.protectedFolders = [home.bytes]
            settings.forcesDeletion = true
        }
        #expect(try compareTrees(sandbox.source, home) == [])
    }

    /// Calls `body` once, after the folders were looked at and before anything is removed.
    private func once(_ body: @escaping @Sendable () -> Void) -> @Sendable (RestoreEvent) -> Void {
        let isDone = Mutex(false)
        return { event in
            guard case .progress(let counts) = event, counts.files > 0 else { return }
            let isFirst = isDone.withLock { isDone in
                defer { isDone = true }
                return !isDone
            }
            if isFirst { body() }
        }
    }

    @Test func `what comes while the restore runs stays`() throws {
        let target = target
        let run = try restore(
            .everything,
            onEvent: once {
                try? target.appending("mine").write([1])
                try? target.appending("kept/mine").write([2])
            })
        #expect(run.problems == [])
        #expect(try target.appending("mine").read() == [1])
        #expect(try target.appending("kept/mine").read() == [2])
    }

    @Test func `what is changed while the restore runs stays, if only the unchanged goes`() throws {
        let target = target
        let run = try restore(
            .unchanged,
            onEvent: once {
                // One that is still the same file, and one that gets the number of the old one.
                try? target.appending("kept/old").write(Array("mine".utf8))
            })
        #expect(run.problems == [])
        #expect(try target.appending("kept/old").read() == Array("mine".utf8))
    }

    @Test(arguments: [DeletionPolicy.unchanged, .everything])
    func `a new file that gets the number of a removed one stays`(policy: DeletionPolicy) throws {
        let target = target
        let run = try restore(
            policy,
            onEvent: once {
                try? target.appending("kept/old").remove()
                try? target.appending("kept/old").write(Array("mine".utf8))
            })
        #expect(run.problems == [])
        #expect(try target.appending("kept/old").read() == Array("mine".utf8))
    }

    @Test func `a folder that is put in the way of another one costs nothing outside`() throws {
        let target = target
        let outside = sandbox.freshPath("outside")
        try outside.makeDirectory()
        try outside.appending("old").write([7])
        let run = try restore(
            .everything,
            onEvent: once {
                try? target.appending("kept").rename(to: target.appending("moved"))
                try? target.appending("kept").makeLink(to: outside.bytes)
            })
        // Either it was done before, or the folder is named.
        _ = run
        #expect(try outside.names() == [Array("old".utf8)])
        #expect(try outside.appending("old").read() == [7])
    }

    @Test(
        .enabled(if: MountedFolder.isAvailable, Comment(rawValue: SmallFileSystem.reason)),
        arguments: [true, false])
    func `what is mounted below the target is not entered`(isBind: Bool) throws {
        let outside = DiskPath(sandbox.directory.appending("outside"))
        try outside.makeDirectory()
        try outside.appending("file").write([7])
        let place = target.appending("old/inner")
        let mount = try MountedFolder(isBind ? outside : nil, at: place)
        if !isBind { try place.appending("file").write([7]) }
        let run = try restore(.everything)
        #expect(run.failed == [place.bytes])
        #expect(try place.appending("file").read() == [7])
        #expect(!target.appending("old/a").exists)
        withExtendedLifetime(mount) {}
    }

    @Test(.enabled(if: MountedFolder.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `an entry that cannot make room costs no other entry`() throws {
        try sandbox.source.appending("m").write([1])
        for name in ["n", "z"] { try sandbox.source.appending(name).write([2]) }
        let id = try sandbox.snapshot().report.id
        try target.appending("m").makeDirectory()
        let mount = try MountedFolder(nil, at: target.appending("m"))
        try target.appending("m/file").write([7])
        let run = try sandbox.restore(id, to: target)
        #expect(run.failed == [target.appending("m").bytes])
        #expect(try target.appending("m/file").read() == [7])
        for name in ["n", "z"] { #expect(try target.appending(name).read() == [2]) }
        withExtendedLifetime(mount) {}
    }
}

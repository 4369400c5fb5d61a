import FileHandles
import RepositoryAccess
import SnapshotModel
import Snapshotting
import Synchronization
import TestSupport
import Testing

/// Birth times are recorded where that is asked for, never stale ones, and nothing is read for
/// them.
@Suite(.enabled(if: hasBirthTimes, "the temporary folders tell no birth times"))
struct BirthTimeTests {
    private let sandbox: Sandbox
    private var source: DiskPath { sandbox.source }
    private static let names = [
        "", "empty", "file", "folder", "folder/deep", "folder/deep/file", "folder/other name",
        "link", "pipe",
    ]

    init() throws {
        sandbox = try Sandbox(seed: 72)
        try source.appending("folder").makeDirectory()
        try source.appending("folder/deep").makeDirectory()
        for name in ["file", "empty", "folder/deep/file"] {
            try source.appending(name).write(name == "empty" ? [] : Array(name.utf8))
        }
        try source.appending("folder/other name").makeHardLink(to: source.appending("file"))
        try source.appending("pipe").makePipe()
        try source.appending("link").makeLink(to: Array("file".utf8))
    }

    private func snapshot(_ records: Bool) throws -> SnapshotRun {
        try sandbox.snapshot { $0.recordsBirthTimes = records }
    }

    /// The birth times of all entries that have one, after a comparison with a snapshot that knows
    /// nothing of others.
    private func recorded(_ run: SnapshotRun, _ records: Bool) throws -> [String: Timestamp] {
        let root = try sandbox.manifest(run.report.id).root
        let empty = sandbox.freshPath("empty-cache")
        let fresh = try sandbox.snapshot {
            $0.cacheDirectory = empty.bytes
            $0.recordsBirthTimes = records
        }
        #expect(root == (try sandbox.manifest(fresh.report.id).root))
        var all = try sandbox.entries(of: run.report.id).mapValues(\.created)
        all[""] = root.created
        return all.compactMapValues { $0 }
    }

    /// What the disk tells.
    private func told(
        _ names: [String] = Self.names
    ) throws -> [String: Timestamp] {
        var all: [String: Timestamp] = [:]
        for name in names {
            let path = name.isEmpty ? source : source.appending(name)
            let time = try path.birthTime()
            all[name] = time.map { Timestamp(seconds: $0.seconds, nanoseconds: $0.nanoseconds) }
        }
        return all
    }

    @Test func `everything has its own, and nothing where it is not asked for`() throws {
        let run = try snapshot(true)
        #expect(run.events.isEmpty)
        #expect(try recorded(run, true) == told())
        #expect(try recorded(snapshot(false), false) == [:])
    }

    @Test func `the option is turned on and off, and nothing is read again`() throws {
        let plain = try sandbox.manifest(snapshot(false).report.id).root
        var born: RootEntry?
        for records in [true, true, false, false, true, false] {
            let run = try snapshot(records)
            #expect(run.report.readFiles == 0)
            #expect(try recorded(run, records) == (records ? told() : [:]))
            let root = try sandbox.manifest(run.report.id).root
            if records { #expect(root == born ?? root) } else { #expect(root == plain) }
            if records { born = root }
        }
        // Without a change a listing is taken over as it is.
        let sizes = try [snapshot(true), snapshot(true)].map(\.report.newBytes)
        #expect(sizes == [0, 0])
    }

    @Test func `another file in the place of the first has its own time`() throws {
        _ = try snapshot(true)
        try sandbox.waitForTick()
        let before = try told()
        let other = sandbox.outside
        for name in ["empty", "file", "link", "pipe"] {
            let path = source.appending(name)
            try path.rename(to: other)
            switch name {
            case "link": try path.makeLink(to: other.linkTarget())
            case "pipe": try path.makePipe()
            default: try path.write(other.read())
            }
            let status = try other.status()
            try path.setModified(status.modified)
            try other.remove()
        }
        let after = try told()
        #expect(
            Set(after.keys.filter { after[$0] != before[$0] }) == ["empty", "file", "link", "pipe"])
        #expect(try recorded(snapshot(true), true) == after)
    }

    @Test func `a file that has only been written to keeps its time`() throws {
        _ = try snapshot(true)
        try sandbox.waitForTick()
        let before = try told()
        try source.appending("file").write([7])
        try source.appending("folder/new").write([8])
        let run = try sandbox.snapshot {
            $0.recordsBirthTimes = true
            // Two workers may come to both names of the file at the same time, and read it twice.
            $0.workerCount = 1
        }
        #expect(run.report.readFiles == 2)
        let after = try told(Self.names + ["folder/new"])
        #expect(try recorded(run, true) == after)
        #expect(after.filter { $0.key != "folder/new" } == before)
    }

    @Test func `a file that is replaced just before it is read has the time of what is read`()
        throws
    {
        let file = source.appending("folder/deep/file")
        try sandbox.waitForTick()
        let isDone = Mutex(false)
        let run = try sandbox.snapshot {
            $0.recordsBirthTimes = true
        } onRead: { moment, path in
            guard moment == .beforeOpen, path == file, !isDone.withLock({ $0 }) else { return }
            isDone.withLock { $0 = true }
            #expect(throws: Never.self) {
                try path.remove()
                try path.write([1, 2])
            }
        }
        #expect(run.unreadable.isEmpty)
        #expect(
            try sandbox.entries(of: run.report.id)["folder/deep/file"]?.created
                == told()["folder/deep/file"])
    }

    @Test func `single files and several folders have theirs, the root above them has none`() throws
    {
        let sources = ["file", "folder", "link"].map { source.appending($0).bytes }
        for _ in 0...1 {
            let run = try sandbox.snapshot {
                $0.sources = sources
                $0.recordsBirthTimes = true
            }
            let entries = try sandbox.entries(of: run.report.id)
            #expect(try sandbox.manifest(run.report.id).root.created == nil)
            #expect(entries["file"]?.created == (try told()["file"]))
            #expect(entries["folder"]?.created == (try told()["folder"]))
            #expect(
                entries["folder/deep/file"]?.created == (try told()["folder/deep/file"]))
        }
    }

    @Test func `a preview says that other lines come, and that nothing is read for them`() throws {
        _ = try snapshot(false)
        let run = try sandbox.preview { $0.recordsBirthTimes = true }
        #expect(run.preview.readBytes == 0)
        #expect(run.preview.newFiles == 0)
        #expect(run.paths(.changed) == Self.names.filter { !$0.isEmpty })
        _ = try snapshot(true)
        #expect(try sandbox.preview { $0.recordsBirthTimes = true }.paths(.changed, .new) == [])
    }

    @Test(arguments: seeds(count: 6))
    func `whatever is done to a tree, it has the times that the disk tells`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        tree.editsLinksAndAttributes = hasUserAttributes
        try tree.grow(entries: 40)
        for round in 0..<6 {
            let records = round % 3 != 2
            let run = try sandbox.snapshot { $0.recordsBirthTimes = records }
            for path in try sandbox.source.pathsBelow() {
                let entry = try sandbox.treeReader().entry(
                    at: path.split(separator: UInt8(ascii: "/")).map { FileName(Array($0)) },
                    in: sandbox.manifest(run.report.id).root)
                let time = try DiskPath(sandbox.source.bytes + [0x2F] + path).birthTime()
                let told = time.map {
                    Timestamp(seconds: $0.seconds, nanoseconds: $0.nanoseconds)
                }
                #expect(entry.created == (records ? told : nil))
            }
            try sandbox.waitForTick()
            _ = try tree.edit(count: 5)
        }
    }
}

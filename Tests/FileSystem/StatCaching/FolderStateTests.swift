import FileHandles
import SnapshotModel
import TestSupport
import Testing

@testable import StatCaching

/// What is remembered of a folder comes back as it was, or not at all.
struct FolderStateTests {
    private let directory: TemporaryDirectory
    private var path: [UInt8] { directory.appending("state") }

    init() throws { directory = try TemporaryDirectory(isInMemory: true) }

    private func paths(_ generator: inout SeededGenerator) -> [[UInt8]] {
        generator.array(0...4) { generator in
            generator.bytes(generator.number(in: 0...30))
        }
    }

    private func origin(_ generator: inout SeededGenerator) -> FolderOrigin {
        let host = generator.oneIn(4) ? "" : String(decoding: generator.text(9), as: UTF8.self)
        return FolderOrigin(
            snapshot: SnapshotID(using: &generator), time: generator.calendarTimestamp(),
            host: host + generator.pick(["", "ü", "日本", "\0", "\n", " "]),
            paths: paths(&generator), subpath: paths(&generator))
    }

    private func state(_ generator: inout SeededGenerator) -> FolderState {
        FolderState(
            parent: FolderState.Parent(
                id: SnapshotID(using: &generator), time: generator.calendarTimestamp(),
                rootID: generator.digest()),
            statCache: generator.digest(),
            tables: generator.array(0...9) { TableID($0.digest()) },
            counts: TreeCounts(
                files: generator.magnitude(), directories: generator.magnitude(),
                others: generator.magnitude(), bytes: generator.magnitude()),
            origin: generator.oneIn(3) ? nil : origin(&generator))
    }

    @Test(arguments: seeds(count: 100))
    func `an origin comes back from its line`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let origin = origin(&generator)
        let line = FolderOrigin.line(origin)
        #expect(!line.contains("\n"))
        #expect(FolderOrigin.parse(line) == .some(origin))
        #expect(FolderOrigin.parse(FolderOrigin.line(nil)) == .some(nil))
    }

    @Test(arguments: seeds(count: 50))
    func `damaged lines are no origin, or another one`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let line = Array(FolderOrigin.line(origin(&generator)).utf8)
        for _ in 0..<20 {
            let damaged = String(decoding: generator.damaged(line), as: UTF8.self)
            guard case .some(.some(let other)) = FolderOrigin.parse(damaged) else { continue }
            // What is understood can be written again.
            #expect(FolderOrigin.parse(FolderOrigin.line(other)) == .some(other))
        }
    }

    @Test(arguments: seeds(count: 50))
    func `a state comes back from its file`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3 {
            let state = state(&generator)
            state.save(path)
            #expect(FolderState.load(path) == state)
        }
    }

    @Test(arguments: seeds(count: 50))
    func `a damaged file is no state`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let state = state(&generator)
        state.save(path)
        let bytes = try directory.read("state")
        for _ in 0..<20 {
            let damaged = generator.damaged(bytes)
            try directory.write("state", damaged)
            let loaded = FolderState.load(path)
            #expect(loaded == nil || loaded == state)
        }
        for length in stride(from: 0, to: bytes.count - 1, by: 7) {
            try directory.write("state", Array(bytes[..<length]))
            #expect(FolderState.load(path) == nil)
        }
        try DiskPath(path).remove()
        #expect(FolderState.load(path) == nil)
    }

    @Test func `where nothing can be written nothing is remembered`() throws {
        var generator = SeededGenerator(seed: 1)
        let state = state(&generator)
        state.save(directory.appending("missing/state"))
        try DiskPath(path).makeDirectory()
        state.save(path)
        #expect(FolderState.load(path) == nil)
        #expect(try directory.names() == ["state"])
    }
}

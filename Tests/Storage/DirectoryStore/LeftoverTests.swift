import DirectoryStore
import FileHandles
import ObjectStore
import TestSupport
import Testing

/// Temporary files of processes that were killed.
struct LeftoverTests {
    private let directory: TemporaryDirectory
    private let store: DirectoryStore
    private let day: Int64 = 24 * 60 * 60
    private let now: Int64 = 1_800_000_000

    init() throws {
        directory = try TemporaryDirectory()
        store = DirectoryStore(path: directory.path)
        try store.put("folder/object", [1])
    }

    @Test func onlyThoseOlderThanADayAreRemoved() throws {
        let ages: [(name: String, age: Int64)] = [
            ("fresh", 0), ("hour", 3600), ("limit", day), ("old", day + 1), ("older", 90 * day),
            ("future", -day),
        ]
        let incoming = try directory.open().openDirectory(name: Array(".incoming".utf8))
        for (name, age) in ages {
            try directory.write(".incoming/\(name)", [1])
            let time = FileStatus.Time(seconds: now - age, nanoseconds: 0)
            try incoming.setModified(of: Array(name.utf8), time)
        }
        try store.removeLeftovers(nowInSeconds: now)
        #expect(try directory.names(in: ".incoming") == ["fresh", "future", "hour", "limit"])
        #expect(try store.names() == ["folder/object"])
    }

    @Test func objectsStayHoweverOldTheyAre() throws {
        let folder = try directory.open().openDirectory(name: Array("folder".utf8))
        let time = FileStatus.Time(seconds: 0, nanoseconds: 0)
        try folder.setModified(of: Array("object".utf8), time)
        try store.removeLeftovers(nowInSeconds: now)
        #expect(try store.read("folder/object") == [1])
    }

    @Test func theyAreNoObjects() throws {
        try directory.write(".incoming/123-4-abc", [1])
        #expect(try store.names() == ["folder/object"])
    }
}

import FileHandles
import Foundation
import TestSupport
import Testing

/// Which repository a command means, and what it needs of the place.
struct RepositoryPlaceTests {
    private let tool: Tool
    private let file: DiskPath

    init() throws {
        tool = try Tool()
        file = tool.source.appending("file")
        try file.write(Array("content".utf8))
    }

    private func snapshots(_ repository: String) throws -> Int {
        let run = try tool("list", "-r", repository, "--json")
        return try run.objects().count { $0["event"] as? String == "snapshot" }
    }

    @Test func `an option wins over the environment, that over the default`() throws {
        for name in ["one", "two"] { #expect(try tool("init", "--repo", name).exitCode == 0) }
        let environment = ["VARVE_REPO": "two"]
        try tool("snapshot", "source", "-r", "one", environment: environment)
        try tool("snapshot", "source", environment: environment)
        try tool("snapshot", "source", environment: environment)
        #expect(try snapshots("one") == 1)
        #expect(try snapshots("two") == 2)
        #expect(!tool.repository.exists)
        let data = tool.home.appending("data").text
        try tool("snapshot", "source", environment: ["XDG_DATA_HOME": data])
        #expect(try snapshots("data/varve/repository") == 1)
    }

    @Test func `who names a path needs neither a home folder nor a configuration`() throws {
        let place = tool.home.appending("one").text
        try tool("init", "--repo", place)
        let homeless = ["HOME": "", "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": ""]
        #expect(try tool("list", "--repo", place, environment: homeless).exitCode == 0)
        let named = homeless.merging(["VARVE_REPO": place]) { $1 }
        #expect(try tool("list", environment: named).exitCode == 0)
        let folder = tool.home.appending("settings")
        try folder.makeDirectory()
        try folder.appending("varve").makeDirectory()
        try folder.appending("varve").appending("config.json").write(Array("{".utf8))
        let broken = ["XDG_CONFIG_HOME": folder.text]
        #expect(try tool("list", "--repo", place, environment: broken).exitCode == 0)
        #expect(try tool("list", "--repo", "./one", environment: broken).exitCode == 0)
        // What may be a remote's name cannot be understood without it.
        #expect(try tool("list", "--repo", "one", environment: broken).exitCode == 1)
    }

    @Test func `a place without a repository is told apart`() throws {
        let commands = [
            ["list"], ["show", "latest"], ["ls", "latest"], ["cat", "latest:x"], ["check"],
            ["stats"], ["find", "x"], ["restore", "latest", "--to", "target"],
            ["snapshot", "source"], ["snapshot", "source", "--dry-run"],
        ]
        for place in ["missing", "source", "source/file"] {
            for command in commands {
                let run = try tool.start(command + ["--repo", place]).wait()
                #expect(run.exitCode == 10, "\(command) \(place)")
                #expect(run.error.contains("there is no repository in \(tool.home.text)/\(place)"))
            }
        }
        #expect(!tool.home.appending("missing").exists)
        #expect(try tool.source.names().count == 1)
        // The default one is only made by a snapshot.
        #expect(try tool("list").exitCode == 10)
        #expect(!tool.repository.exists)
    }

    @Test func `init makes a repository once`() throws {
        let object = try #require(tool.json("init", "-r", "new", "--chunk-size", "64KiB").last)
        #expect((object["id"] as? String)?.count == 32)
        let description = try tool.home.appending("new/varve.json").read()
        #expect(String(decoding: description, as: UTF8.self).contains("\"average\":65536"))
        let again = try tool("init", "-r", "new")
        #expect(again.exitCode == 1)
        #expect(again.error.contains("there is one already"))
        #expect(try tool.home.appending("new/varve.json").read() == description)
        for size in ["2KiB", "8MiB", "5000", "x", ""] {
            #expect(try tool("init", "-r", "other", "--chunk-size=\(size)").exitCode == 64)
        }
    }

    @Test func `a repository of a newer version is named as such`() throws {
        try tool("init", "-r", "new")
        let path = tool.home.appending("new/varve.json")
        let text = String(decoding: try path.read(), as: UTF8.self)
        try path.write(Array(text.replacing("\"version\":1", with: "\"version\":2").utf8))
        let run = try tool("list", "-r", "new")
        #expect(run.exitCode == 1)
        #expect(run.error.contains("version 2"))
        #expect(run.error.contains("use a newer varve"))
        try path.write(Array("no JSON".utf8))
        #expect(try tool("list", "-r", "new").exitCode == 13)
    }

    @Test func `nobody else can read the repository or the cache`() throws {
        try tool("snapshot", "source")
        try tool("snapshot", "source", "--rescan")
        func expectPrivate(_ path: DiskPath) throws {
            let status = try path.status()
            #expect(status.permissions & 0o077 == 0, "\(path.text)")
            guard status.kind == .directory else { return }
            for name in try path.names() { try expectPrivate(path.appending(name)) }
        }
        try expectPrivate(tool.repository)
        try expectPrivate(tool.home.appending(".cache/varve"))
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `a full disk at the repository is told, and earlier snapshots stay whole`() throws {
        let disk = try SmallFileSystem(sizeInBytes: 512 * 1024)
        let repository = DiskPath(disk.directory.appending("repository"))
        try tool("init", "-r", repository.text)
        #expect(try tool("snapshot", "source", "-r", repository.text).exitCode == 0)
        var generator = SeededGenerator(seed: 2)
        let large = tool.source.appending("large")
        try large.write(generator.bytes(2_000_000))
        let run = try tool("snapshot", "source", "-r", repository.text)
        #expect(run.exitCode == 1)
        #expect(run.error.contains("no space left"))
        #expect(run.error.contains("try:   free some space"))
        #expect(try repository.appending(".incoming").names().isEmpty)
        #expect(try tool("check", "--read-data", "-r", repository.text).exitCode == 0)
        #expect(try snapshots(repository.text) == 1)
        try tool("restore", "latest", "--to", "target", "-r", repository.text)
        #expect(try tool.home.appending("target/file").read() == file.read())
        try large.remove()
        #expect(try tool("snapshot", "source", "-r", repository.text).exitCode == 0)
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `a read-only repository can be read, and refuses snapshots`() throws {
        let disk = try SmallFileSystem(sizeInBytes: 512 * 1024)
        let repository = disk.directory.text + "/repository"
        try tool("init", "-r", repository)
        try tool("snapshot", "source", "-r", repository)
        try disk.makeReadOnly()
        #expect(try snapshots(repository) == 1)
        #expect(try tool("check", "--read-data", "-r", repository).exitCode == 0)
        #expect(try tool("restore", "latest", "--to", "target", "-r", repository).exitCode == 0)
        let run = try tool("snapshot", "source", "-r", repository)
        #expect(run.exitCode == 1)
        #expect(run.error.contains("store is read-only"))
        let made = try tool("init", "-r", disk.directory.text + "/other")
        #expect(made.exitCode == 1)
    }
}

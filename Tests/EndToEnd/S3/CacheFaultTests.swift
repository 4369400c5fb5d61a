import FileHandles
import TestSupport
import Testing

/// Whatever happens to the local cache costs requests, and nothing else.
struct CacheFaultTests {
    @Test(.enabled(if: SmallFileSystem.isAvailable, Comment(rawValue: SmallFileSystem.reason)))
    func `a full disk at the cache`() throws {
        let disk = try SmallFileSystem(sizeInBytes: 64 * 1024)
        let home = try BucketHome()
        let variables = ["VARVE_CACHE_DIR": disk.directory.text + "/cache"]
        #expect(try home.run("init", with: variables).exitCode == 0)
        for number in 0..<300 { try home.addFile("file number \(number)", sizeInBytes: 300) }
        #expect(try home.run("snapshot", "source", with: variables).exitCode == 0)
        try DiskPath(disk.directory.appending("filler")).fill()
        for _ in 0..<2 {
            let run = try home.run("snapshot", "source", with: variables)
            #expect(run.exitCode == 0, "\(run.error)")
        }
        let run = try home.run("restore", "latest", "--to", "target", with: variables)
        #expect(run.exitCode == 0, "\(run.error)")
        let target = home.tool.home.appending("target")
        #expect(try compareTrees(home.tool.source, target) == [])
        #expect(try home.run("check", "--read-data", with: variables).exitCode == 0)
    }

    @Test func `a cache directory that cannot be made`() throws {
        let home = try BucketHome().prepared()
        let variables = ["VARVE_CACHE_DIR": home.tool.source.appending("file").text + "/cache"]
        try home.addFile()
        let run = try home.run("snapshot", "source", with: variables)
        #expect(run.exitCode == 0, "\(run.error)")
        #expect(try home.run("list", with: variables).lines.count == 2)
        try home.expectUnharmed(snapshots: 2)
    }

    @Test(arguments: ["indexes", "manifests", "listings", "sources", "endpoints"])
    func `damaged files of the cache`(_ kind: String) throws {
        let home = try BucketHome().prepared()
        try home.addFile()
        try home.succeed("snapshot", "source")
        let damaged = try damage(home.tool.home.appending(".cache/varve"), below: kind)
        // This server's addressing is found out without asking.
        #expect(damaged > 0 || kind == "endpoints")
        try home.addFile("third", seed: 3)
        try home.succeed("snapshot", "source")
        try home.expectRestores()
        try home.expectUnharmed(snapshots: 3)
    }

    /// Changes a byte in the middle of each file below folders of the name.
    private func damage(
        _ folder: DiskPath, below name: String, isInside: Bool = false
    ) throws
        -> Int
    {
        var count = 0
        for entry in try folder.names() {
            let path = folder.appending(entry)
            if try path.status().kind == .directory {
                count += try damage(
                    path, below: name, isInside: isInside || entry == Array(name.utf8))
            } else if isInside {
                var bytes = try path.read()
                if bytes.isEmpty { continue }
                bytes[bytes.count / 2] ^= 0x11
                try path.write(bytes)
                count += 1
            }
        }
        return count
    }
}

extension DiskPath {
    /// Makes this a file that leaves no space on its disk.
    fileprivate func fill() throws {
        for size in [16_384, 4096, 1024, 256] {
            var part = 0
            while true {
                let path = DiskPath(bytes + Array("-\(size)-\(part)".utf8))
                do {
                    try path.write([UInt8](repeating: 1, count: size))
                } catch {
                    break
                }
                part += 1
            }
        }
    }
}

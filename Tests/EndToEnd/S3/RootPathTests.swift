import TestSupport
import Testing

/// Root paths that cannot be kept by every store are refused; all others work as they are.
struct RootPathTests {
    @Test(arguments: [
        ("a//b", "two slashes"), ("../a", ".."), ("a/..", ".."), ("a/./b", "\".\""),
        ("a\\b", "backslash"), ("a\nb", "control character"),
        (String(repeating: "x", count: 256), "256 bytes"),
        (String(repeating: "abcdefgh/", count: 80), "719 bytes"),
    ])
    func `paths that are refused before anything is sent`(_ path: String, _ cause: String) throws {
        let home = try BucketHome()
        let address = ["VARVE_REPO": "s3://\(home.server.bucket)/\(path)"]
        expectFailure(try home.run("init", with: address), 64, ["root path", cause])
        let added = try home.run("remote", "add", "r", "--bucket", "test", "--root-path", path)
        expectFailure(added, 64, ["root path", cause])
        #expect(try home.server.requests().isEmpty)
    }

    @Test(arguments: [
        "my backups/of today", "ünïcödé/日本語/🗻", "a+b&c=d%20e?f#g", "~'()*!,;:@$", " x ",
    ])
    func `paths that work`(_ path: String) throws {
        let home = try BucketHome()
        let address = ["VARVE_REPO": "s3://\(home.server.bucket)/\(path)"]
        for arguments in [["init"], ["snapshot", "source"], ["check", "--read-data"]] {
            let run = try home.start(arguments, with: address).wait()
            #expect(run.exitCode == 0, "\(run.error)")
        }
        let objects = try home.server.objects()
        #expect(objects.keys.count { !$0.contains("/session.") } == 4)
        #expect(objects.keys.allSatisfy { $0.hasPrefix("\(path)/") })
        let run = try home.run("restore", "latest", "--to", "target", with: address)
        #expect(run.exitCode == 0)
        let target = home.tool.home.appending("target")
        #expect(try compareTrees(home.tool.source, target) == [])
    }

    @Test func `slashes at the ends do not matter`() throws {
        let home = try BucketHome().prepared()
        for path in ["backup/", "/backup", "//backup//"] {
            let address = ["VARVE_REPO": "s3://\(home.server.bucket)/\(path)"]
            #expect(try home.run("list", with: address).lines.count == 1)
        }
    }
}

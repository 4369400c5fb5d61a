import Foundation
import TestSupport
import Testing

/// What the command line refuses.
struct UsageTests {
    @Test(arguments: [
        ["snapshot"], ["snapshot", "source", "--exclude", "a[b"],
        ["snapshot", "--one-file-system"], ["snapshot", "--dry-run"],
        ["snapshot", "--explain", "x"],
        ["snapshot", "source", "--dry-run", "--explain", "source"],
        ["snapshot", "source", "--exclude", ""], ["snapshot", "source", "--exclude"],
        ["snapshot", "source", "--exclude-if-present", "a/b"],
        ["snapshot", "source", "--exclude-if-present", ""],
        ["snapshot", "source", "--exclude-larger-than", "big"],
        ["snapshot", "source", "--compression", "20"],
        ["snapshot", "source", "--compression", "x"],
        ["restore", "latest"], ["restore", "latest", "--to", "x", "--overwrite", "y"],
        ["restore", "latest", "--to", "x", "--on-conflict", "y"], ["pull"],
        ["restore", "--to", "x"], ["list", "--last", "0"], ["list", "--last", "x"], ["ls"],
        ["check", "--read-data", "--read-data-subset", "5%"], ["prune", "now"], ["forget"],
        ["find"], ["find", ""], ["find", "a[b"], ["find", "--regex", "(a"],
        ["find", "x", "--type", "q"], ["find", "x", "--type", ""], ["find", "x", "--size", "-"],
        ["find", "x", "--size", "+5iB"], ["find", "x", "--newer", "soon"],
        ["find", "x", "--older", "2026-02-30"], ["find", "x", "--newer", "-3d"],
        ["nonsense"], ["show"], ["cat", ":file"], ["list", "--repo", ""],
        ["list", "--repo", "s3:bucket/root"], ["init", "--passphrase-file", "x"],
    ])
    func `is told with exit code 64, on standard error, and does nothing`(
        arguments: [String]
    ) throws {
        let tool = try Tool()
        let run = try tool.start(arguments).wait()
        #expect(run.exitCode == 64)
        #expect(run.output.isEmpty)
        #expect(!run.error.isEmpty)
        #expect(!tool.home.appending(".local").exists)
    }

    @Test func `help is no error`() throws {
        let tool = try Tool()
        for arguments in [["--help"], ["help", "snapshot"], ["restore", "--help"], []] {
            let run = try tool.start(arguments).wait()
            #expect(run.exitCode == 0)
            #expect(run.text.contains("USAGE: varve"))
        }
    }

    @Test func `errors are objects when JSON is asked for`() throws {
        let tool = try Tool()
        let run = try tool("list", "--json", "-r", "missing")
        #expect(run.exitCode == 10)
        #expect(run.error == "")
        let error = try #require(run.objects().last)
        #expect(Set(error.keys) == ["event", "code", "message", "cause", "try"])
        #expect(error["event"] as? String == "error")
        #expect(error["code"] as? Int == 10)
    }

    @Test func `without a home folder the tool asks for what it needs`() throws {
        let tool = try Tool()
        let run = try tool("list", environment: ["HOME": ""])
        #expect(run.exitCode == 64)
        #expect(run.error.contains("HOME"))
    }
}

import Foundation
import TestSupport
import Testing

/// What `forget` refuses before it has asked for anything.
struct ForgetUsageTests {
    @Test(arguments: [
        ("--keep-last", "0"), ("--keep-last", "-2"), ("--keep-last", "1000001"),
        ("--keep-last", "99999999999999999999"), ("--keep-last", "x"), ("--keep-last", "1.5"),
        ("--keep-last", ""), ("--keep-last", "--dry-run"), ("--keep-minutely", "0"),
        ("--keep-hourly", "0"), ("--keep-daily", "-7"), ("--keep-weekly", "zero"),
        ("--keep-monthly", "0"), ("--keep-yearly", "-99999999999999999999"),
        ("--keep-within", "0h"), ("--keep-within", "36"), ("--keep-within", "1001y"),
        ("--keep-within", "-5d"), ("--keep-within", "1d1y"), ("--keep-within", ""),
        ("--group-by", "tag"), ("--group-by", "host,host"),
    ])
    func `wrong values are named with their option`(option: String, value: String) throws {
        let tool = try Tool(isInMemory: true)
        let run = try tool("forget", "--keep-tag", "x", option, value)
        #expect(run.exitCode == 64)
        #expect(run.output.isEmpty)
        #expect(run.error.contains("'\(value)'"), "\(run.error)")
        #expect(run.error.contains("'\(option) <"), "\(run.error)")
        #expect(run.error.contains(" (try: "), "\(run.error)")
        #expect(!tool.home.appending(".local").exists)
    }

    @Test(arguments: [
        [], ["--dry-run"], ["--allow-empty"], ["--host", "lake"], ["--group-by", "host"],
        ["--tag", "x", "--path", "/home"],
    ])
    func `without names and rules there is a hint`(arguments: [String]) throws {
        let tool = try Tool(isInMemory: true)
        let run = try tool.start(["forget"] + arguments).wait()
        #expect(run.exitCode == 64)
        #expect(run.error.contains("nothing says what to forget"))
        #expect(run.error.contains("--keep-last 10"))
    }

    @Test(arguments: [
        ["--keep-last", "1"], ["--keep-within", "1d"], ["--keep-tag", "x"], ["--group-by", "host"],
        ["--allow-empty"],
    ])
    func `names and rules exclude each other`(arguments: [String]) throws {
        let tool = try Tool(isInMemory: true)
        let run = try tool.start(["forget", "latest"] + arguments).wait()
        #expect(run.exitCode == 64)
        #expect(run.error.contains("not both"))
        let json = try tool.start(["forget", "latest", "--json"] + arguments).wait()
        #expect(json.exitCode == 64)
        #expect(try json.objects().last?["code"] as? Int == 64)
    }

    @Test func `a place without a repository is none`() throws {
        let tool = try Tool(isInMemory: true)
        #expect(try tool("forget", "--keep-last", "1").exitCode == 10)
        #expect(try tool("list", "--forgotten").exitCode == 10)
        #expect(try tool("forget", "--help").text.contains("--keep-within"))
    }
}

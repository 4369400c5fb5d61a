import Foundation
import TestSupport
import Testing

extension Tag {
    /// Takes many seconds.
    @Tag static var slow: Self
}

/// Runs that do not come to their end.
struct InterruptionTests {
    private let tool: Tool
    private static let arguments = ["snapshot", "source", "--compression", "19"]

    init() throws {
        // Killing does not lose what the system has; so the disk need not be waited for.
        tool = try Tool(isInMemory: true)
        var generator = SeededGenerator(seed: 41)
        for folder in 0..<10 {
            try tool.source.appending("\(folder)").makeDirectory()
            for file in 0..<20 {
                let path = tool.source.appending("\(folder)/\(file)")
                try path.write(generator.text(generator.number(in: 100...40_000)))
            }
        }
        try tool("init", "-r", tool.repository.text)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a run that is interrupted ends with 130, and leaves no snapshot`(signal: CInt) throws {
        let running = try tool.start(Self.arguments)
        // Once the journal is there the run has begun to read.
        while running.isRunning, try !hasJournal() { usleep(200) }
        running.send(signal: signal)
        let run = try running.wait()
        #expect(run.exitCode == 130)
        #expect(run.error == "error: interrupted\n")
        #expect(try tool("list").text == "")
        #expect(try tool("check", "--read-data").exitCode == 0)
        #expect(try tool("snapshot", "source").exitCode == 0)
        #expect(try restoredDifferences("target") == [])
    }

    private func hasJournal() throws -> Bool {
        let cache = tool.home.appending(".cache/varve")
        guard cache.exists, let folder = try cache.names().first else { return false }
        return cache.appending(folder).appending("uploads").exists
    }

    private func restoredDifferences(_ name: String) throws -> [String] {
        try tool("restore", "latest", "--to", name)
        return try compareTrees(tool.source, tool.home.appending(name))
    }

    @Test(.tags(.slow), arguments: seeds(count: 1))
    func `a run that is killed at any moment harms nothing`(seed: UInt64) throws {
        var tree = TemporaryTree(at: tool.source, seed: seed)
        var killed = 0
        // About how long a run takes, found out by killing: too late makes it less.
        var limitInMicroseconds = 200_000.0
        for round in 0..<60 {
            try addFiles(round, &tree)
            let running = try tool.start(Self.arguments)
            // The moment is what is random here, so there is nothing else to wait for.
            usleep(UInt32(tree.generator.number(in: 0...Int(limitInMicroseconds))))
            running.send(signal: SIGKILL)
            let wasKilled = try running.wait().exitCode == 128 + SIGKILL
            killed += wasKilled ? 1 : 0
            limitInMicroseconds *= wasKilled ? 1.1 : 0.8
            let check = try tool("check", "--read-data")
            #expect(check.exitCode == 0, "seed \(seed), round \(round): \(check.text)")
            if round % 10 == 9 {
                #expect(try tool("snapshot", "source").exitCode == 0)
                #expect(try restoredDifferences("target \(round)") == [])
            }
        }
        // Were hardly any killed, the test would prove nothing.
        #expect(killed > 20)
        for id in try tool.json("list").compactMap({ $0["id"] as? String }) {
            #expect(try tool("ls", "-R", id).exitCode == 0)
        }
    }

    private func addFiles(_ round: Int, _ tree: inout TemporaryTree) throws {
        try tree.grow(entries: 5)
        for file in 0..<10 {
            let path = tool.source.appending("\(file)/\(round % 3)")
            try path.write(tree.generator.text(20_000))
        }
    }
}

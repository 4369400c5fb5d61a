import Foundation
import TestSupport
import Testing

/// A folder as browsers keep it, with databases that are written to all the time.
struct LiveProfileTests {
    /// Writes to a SQLite database with a write-ahead log, and to a store of the kind of LevelDB:
    /// a log that grows, tables that are written aside and renamed, and a file that names the
    /// current one.
    private static let writer = """
        import os, sqlite3, sys, time
        folder = sys.argv[1]
        os.makedirs(f"{folder}/leveldb")
        base = sqlite3.connect(f"{folder}/places.sqlite", isolation_level=None)
        base.execute("pragma journal_mode = wal")
        base.execute("create table visit (number integer primary key, text text)")
        print("ready", flush=True)
        number = 0
        while True:
            number += 1
            base.execute("insert into visit values (?, ?)", (number, str(number) * 50))
            if number % 100 == 0: base.execute("pragma wal_checkpoint(truncate)")
            with open(f"{folder}/leveldb/000001.log", "ab") as log: log.write(b"entry\\n" * 20)
            if number % 10 == 0:
                name = f"{number:06}.ldb"
                with open(f"{folder}/leveldb/new", "wb") as table: table.write(name.encode() * 5000)
                os.rename(f"{folder}/leveldb/new", f"{folder}/leveldb/{name}")
                with open(f"{folder}/leveldb/CURRENT.new", "w") as current: current.write(name)
                os.rename(f"{folder}/leveldb/CURRENT.new", f"{folder}/leveldb/CURRENT")
                if number > 100: os.remove(f"{folder}/leveldb/{number - 100:06}.ldb")
        """

    @Test func `a profile that is in use is taken, and what is torn is named`() throws {
        let tool = try Tool()
        let profile = tool.source.appending("profile")
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        writer.arguments = ["python3", "-c", Self.writer, profile.text]
        let output = Pipe()
        writer.standardOutput = output
        try writer.run()
        defer {
            // Which it cannot block, as it inherits to do with others.
            kill(writer.processIdentifier, SIGKILL)
            writer.waitUntilExit()
        }
        _ = try output.fileHandleForReading.read(upToCount: 5)
        for number in 1...6 {
            let run = try tool("snapshot", "source", "--json")
            let events = try run.objects()
            let torn = events.compactMap { $0["event"] as? String == "unreadable" ? $0 : nil }
            let names = Set(torn.compactMap { ($0["path"] as? String)?.split(separator: "/").last })
            // Only what is changed in its place can be torn: tables and CURRENT are renamed.
            #expect(
                names.isSubset(of: [
                    "000001.log", "places.sqlite", "places.sqlite-wal", "places.sqlite-shm",
                ]))
            let summary = try #require(events.last)
            #expect(summary["unreadable"] as? Int == torn.count)
            #expect(run.exitCode == (torn.isEmpty ? 0 : 3), "\(run.error)")
            let target = tool.home.appending("back \(number)")
            #expect(try tool("restore", "latest", "--to", target.text).exitCode == 0)
            try checkTables(target.appending("profile/leveldb"))
        }
        #expect(try tool("check", "--read-data").exitCode == 0)
    }

    /// Expects that each table is whole, and that CURRENT has a name of one.
    private func checkTables(_ folder: DiskPath) throws {
        for name in try folder.names() where name.ends(with: ".ldb".utf8) {
            let content = (0..<5000).flatMap { _ in name }
            #expect(try folder.appending(name).read() == content)
        }
        let current = folder.appending("CURRENT")
        if current.exists { #expect(try current.read().ends(with: ".ldb".utf8)) }
    }
}

extension [UInt8] {
    fileprivate func ends(with suffix: some Collection<UInt8>) -> Bool {
        self.suffix(suffix.count).elementsEqual(suffix)
    }
}

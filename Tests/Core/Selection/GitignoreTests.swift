import Selection
import TestSupport
import Testing

/// What git ignores, is left out; what it does not, is not; and for the same reason.
struct GitignoreTests {
    @Test(arguments: seeds(count: 100))
    func `random rules decide about random trees as git does`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let tree = try GitTree(&generator)
        let expected = try tree.gitVerdicts()
        let found = tree.walkVerdicts()
        for (number, (path, isDirectory)) in tree.paths.enumerated()
        where expected[number] != found[number] {
            Issue.record(
                """
                \(String(reflecting: String(decoding: path, as: UTF8.self)))\
                \(isDirectory ? "/" : ""): git \(expected[number] ?? "-"), \
                we \(found[number] ?? "-")
                \(tree.text)
                """)
            return
        }
    }

    @Test func `the random cases say yes, no, and yes again`() throws {
        var counts: (ignored: Int, kept: Int, silent: Int) = (0, 0, 0)
        for seed in 1...UInt64(20) {
            var generator = SeededGenerator(seed: seed)
            let tree = try GitTree(&generator)
            for verdict in tree.walkVerdicts() {
                if verdict == nil { counts.silent += 1 } else { counts.ignored += 1 }
            }
            counts.kept += tree.rules.values.count { $0.contains(UInt8(ascii: "!")) }
        }
        #expect(counts.ignored > 200)
        #expect(counts.silent > 200)
        #expect(counts.kept > 10)
    }
}

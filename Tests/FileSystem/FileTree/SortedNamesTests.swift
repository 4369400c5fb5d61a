import FileHandles
import FileTree
import SnapshotModel
import TestSupport
import Testing

struct SortedNamesTests {
    private static func sorted(_ directory: TemporaryDirectory) throws -> [[UInt8]] {
        let names = try SortedNames(of: directory.open())
        return (0..<names.count).map { names[$0] }
    }

    private static func make(_ names: some Sequence<[UInt8]>) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let handle = try directory.open()
        // Links are the cheapest entries.
        for name in names { try handle.makeSymlink(name: name, target: [UInt8(ascii: "x")]) }
        return directory
    }

    @Test func `an empty directory has no names`() throws {
        #expect(try Self.sorted(TemporaryDirectory()).isEmpty)
    }

    @Test(arguments: seeds(count: 5))
    func `names of any bytes come in the order of listings`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = Set(generator.array(200...400) { $0.fileName() })
        let directory = try Self.make(names.map(\.bytes))
        #expect(try Self.sorted(directory) == names.sorted().map(\.bytes))
    }

    @Test func `names that share their first bytes, or are a prefix, keep the order of bytes`()
        throws
    {
        let texts = [
            "abcdefgh", "abcdefg", "abcdefghi", "abcdefgh\u{1}", "abcdefgi", "abcdefg\u{1}", "a",
            "a\u{1}", "\u{1}", "b", "ab", "ABCDEFGH", "é", "ÿ", "abcdefghz", "abcdefgh~",
        ]
        let names = texts.map { Array($0.utf8) } + [[0xFF], [0xFF, 0xFE], [0x80], [0x7F]]
        let directory = try Self.make(names)
        #expect(try Self.sorted(directory) == names.map { FileName($0) }.sorted().map(\.bytes))
    }

    @Test func `thousands of names are all there, each with a NUL behind it`() throws {
        let names = (0..<5000).map { Array("name-\($0 &* 2_654_435_761 % 100_003)".utf8) }
        let directory = try Self.make(names)
        let sorted = try SortedNames(of: directory.open())
        #expect(sorted.count == names.count)
        for position in 0..<sorted.count {
            sorted.withName(position) { name in
                #expect(name.baseAddress?.load(fromByteOffset: name.count, as: UInt8.self) == 0)
            }
        }
        let expected = names.map { FileName($0) }.sorted().map(\.bytes)
        #expect((0..<sorted.count).map { sorted[$0] } == expected)
    }
}

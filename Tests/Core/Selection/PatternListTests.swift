import TestSupport
import Testing

@testable import Selection

/// What a list finds in short ways is what comparing each pattern finds.
struct PatternListTests {
    @Test(arguments: seeds(count: 40))
    func `the last pattern that matches is found`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var found = 0
        // Short lists are gone through, long ones by the byte with which a name ends.
        for length in [0, 1, 2, 5, 15, 16, 17, 80] {
            let names = generator.array(2...3) { $0.shortName() }
            let patterns = (0..<length).map { number in
                SelectionPattern(
                    lenient: generator.pattern(names: names), line: number + 1)
            }
            let list = PatternList(patterns, origin: .options)
            for _ in 0..<50 {
                let folder = generator.array(0...2) { $0.pick(names) + Array("/".utf8) }
                let start = Array(folder.joined())
                let name = generator.pick(names)
                let isDirectory = generator.oneIn(3)
                let place = name.withUnsafeBytes { name in
                    start.withUnsafeBytes {
                        list.lastMatch(ComparedEntry(name, isDirectory: isDirectory), in: $0)
                    }
                }
                let expected = (start + name).withUnsafeBytes { path in
                    patterns.lastIndex {
                        $0.path.matches(path, nameStart: start.count, isDirectory: isDirectory)
                    }
                }
                #expect(place == expected, "\(start + name)")
                if expected != nil { found += 1 }
            }
        }
        #expect(found > 20)
    }
}

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
                let start = folder.joined()
                let path = Array(start) + generator.pick(names)
                let isDirectory = generator.oneIn(3)
                path.withUnsafeBytes { path in
                    let place = list.lastMatch(
                        path, nameStart: Array(start).count, isDirectory: isDirectory)
                    let expected = patterns.lastIndex {
                        $0.path.matches(
                            path, nameStart: Array(start).count, isDirectory: isDirectory)
                    }
                    #expect(place == expected, "\(Array(path))")
                    if expected != nil { found += 1 }
                }
            }
        }
        #expect(found > 20)
    }
}

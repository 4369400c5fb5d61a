import FileTree
import Foundation
import TestSupport
import Testing

/// What the machine's clock shows, which another reader of the zone's file says, too.
struct UTCOffsetTests {
    @Test(arguments: seeds(count: 20))
    func `the offset is that of the system's zone`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            // From 1970 to 2037, where no tool guesses.
            let seconds = Int64(generator.number(in: 0...2_145_000_000))
            let expected = TimeZone.current.secondsFromGMT(
                for: Date(timeIntervalSince1970: Double(seconds)))
            #expect(Machine.utcOffset(at: seconds) == expected)
        }
    }

    @Test(arguments: [Int64.min, Int64.max])
    func `moments beyond all calendars have none`(seconds: Int64) {
        #expect(Machine.utcOffset(at: seconds) == 0)
    }
}

import Restoring
import TestSupport
import Testing

struct ReadSettingsTests {
    private static let usual: [ReadSettings] = [.network, .network(connections: 4), .local]

    @Test(arguments: usual)
    func `requests are small while there are few of them`(reading: ReadSettings) {
        let small = UInt64(reading.requestsInFlight / 2 * reading.partInBytes)
        for stored in [0, 1, small / 2, small] {
            #expect(reading.partInBytes(ofPlan: stored) == reading.partInBytes)
        }
    }

    @Test(arguments: usual)
    func `requests are large when there are many of them`(reading: ReadSettings) {
        let large = UInt64(reading.requestsInFlight * reading.partInBytes)
        for stored in [large, large + 1, 1_000_000_000_000, .max] {
            #expect(reading.partInBytes(ofPlan: stored) == 2 * reading.partInBytes)
        }
    }

    /// While two plans are carried out no connection of theirs is idle for want of requests.
    @Test(arguments: seeds(count: 40))
    func `what grows leaves enough requests for half of the connections`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let reading = ReadSettings.network(connections: generator.number(in: 1...64))
        var last = 0
        for stored in (0..<20).map({ _ in generator.magnitude(UInt64.self) }).sorted() {
            let part = reading.partInBytes(ofPlan: stored)
            #expect(part >= last)
            last = part
            if part > reading.partInBytes {
                #expect(stored / UInt64(part) >= UInt64(reading.requestsInFlight / 2))
            }
        }
    }

    /// One small answer after the other would leave a network idle.
    @Test func `a whole pack comes with one request when there are many`() throws {
        let part = ReadSettings.network.partInBytes(ofPlan: .max)
        #expect(2 * part >= 16 * 1024 * 1024)
    }
}

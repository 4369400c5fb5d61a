import Restoring
import TestSupport
import Testing

struct ReadSettingsTests {
    private static let usual: [ReadSettings] = [.network, .network(connections: 4), .local]

    @Test(arguments: usual)
    func `requests are small while there are few of them`(reading: ReadSettings) {
        for plans in 1...2 {
            let small = UInt64(reading.requestsInFlight / plans * reading.partInBytes)
            for stored in [0, 1, small / 2, small] {
                let part = reading.partInBytes(ofPlan: stored, among: plans)
                #expect(part == reading.partInBytes)
            }
        }
    }

    @Test(arguments: usual)
    func `requests are large when there are many of them`(reading: ReadSettings) {
        for plans in 1...2 {
            let large = UInt64(2 * reading.requestsInFlight / plans * reading.partInBytes)
            for stored in [large, large + 1, 1_000_000_000_000, .max] {
                let part = reading.partInBytes(ofPlan: stored, among: plans)
                #expect(part == 2 * reading.partInBytes)
            }
        }
    }

    /// No connection is idle for want of requests.
    @Test(arguments: seeds(count: 40))
    func `what grows leaves enough requests for a plan's share of connections`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let reading = ReadSettings.network(connections: generator.number(in: 1...64))
        let plans = generator.number(in: 1...3)
        var last = 0
        for stored in (0..<20).map({ _ in generator.magnitude(UInt64.self) }).sorted() {
            let part = reading.partInBytes(ofPlan: stored, among: plans)
            #expect(part >= last)
            last = part
            if part > reading.partInBytes {
                #expect(stored / UInt64(part) >= UInt64(reading.requestsInFlight / plans))
            }
        }
    }

    /// One small answer after the other would leave a network idle.
    @Test func `a whole pack comes with one request when there are many`() throws {
        let part = ReadSettings.network.partInBytes(ofPlan: .max, among: 2)
        #expect(2 * part >= 16 * 1024 * 1024)
    }
}

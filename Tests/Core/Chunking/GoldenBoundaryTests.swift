import Chunking
import Foundation
import TestSupport
import Testing

/// Boundaries that Tests/Golden/make-golden.py has found on its own.
struct GoldenBoundaryTests {
    private struct Golden: Decodable {
        let gear: [String]
        let cases: [Case]
    }

    private struct Case: Decodable {
        let seed: UInt64
        let count: Int
        let mask: UInt8
        let minimum: Int
        let average: Int
        let maximum: Int
        let lengths: [Int]
    }

    @Test func theGearTableIsTheGoldenOne() throws {
        let words = try golden().gear.map { try #require(UInt64($0, radix: 16)) }
        #expect(words == (UInt8.min...UInt8.max).map { GearTable.standard[$0] })
    }

    @Test func chunksEndWhereTheGoldenOnesDo() throws {
        let cases = try golden().cases
        #expect(cases.count == 5)
        for golden in cases {
            var generator = SeededGenerator(seed: golden.seed)
            let bytes = generator.bytes(golden.count).map { $0 & golden.mask }
            let cutter = ChunkCutter(
                minimum: golden.minimum, average: golden.average, maximum: golden.maximum)
            #expect(cut(bytes, with: cutter).map(\.count) == golden.lengths)
        }
    }

    private func golden() throws -> Golden {
        try JSONDecoder().decode(
            Golden.self, from: Data(goldenFile("chunk-boundaries.json")))
    }
}

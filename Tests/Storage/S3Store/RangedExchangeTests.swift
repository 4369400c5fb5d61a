import HTTPTransport
import ObjectStore
import TestSupport
import Testing

@testable import S3Store

/// No bytes are believed to be those that were asked for until that is checked.
struct RangedExchangeTests {
    private static let object = (0..<100).map { UInt8($0) }

    private static func part(
        _ bytes: ArraySlice<UInt8>, _ range: String?, status: Int = 206
    ) -> HTTPResponse {
        answer(status, range.map { ["Content-Range": $0] } ?? [:], body: Array(bytes))
    }

    private func read(
        _ exchange: ScriptedExchange, _ range: ObjectRange
    ) throws -> [UInt8] {
        try RangedExchange(exchange).perform(getCall(), range).array
    }

    private static let middle = ObjectRange.from(offset: 10, length: 20)

    static let right: [(ObjectRange, HTTPResponse, Range<Int>)] = [
        (.whole, part(object[...], nil, status: 200), 0..<100),
        (middle, part(object[10..<30], "bytes 10-29/100"), 10..<30),
        (middle, part(object[10..<30], "Bytes 10-29/100", status: 200), 10..<30),
        (.from(offset: 90, length: 20), part(object[90...], "bytes 90-99/100"), 90..<100),
        (.from(offset: 0, length: 100), part(object[...], "bytes 0-99/100"), 0..<100),
        (.last(length: 5), part(object[95...], "bytes 95-99/100"), 95..<100),
        (.last(length: 500), part(object[...], "bytes 0-99/100"), 0..<100),
        // A store that does no ranges gives all; the part is cut out here.
        (middle, part(object[...], nil, status: 200), 10..<30),
        (.from(offset: 90, length: 20), part(object[...], nil, status: 200), 90..<100),
        (.last(length: 5), part(object[...], nil, status: 200), 95..<100),
        (.last(length: 500), part(object[...], nil, status: 200), 0..<100),
        (.last(length: 5), part([], nil, status: 200), 0..<0),
        (.last(length: 5), part([], "bytes 0--1/0"), 0..<0),
    ]

    @Test(arguments: right)
    func `the bytes that were asked for are given`(
        _ range: ObjectRange, _ response: HTTPResponse, _ expected: Range<Int>
    ) throws {
        let exchange = ScriptedExchange([response])
        #expect(try read(exchange, range) == Array(Self.object[expected]))
        #expect(exchange.calls.count == 1)
    }

    @Test(arguments: right)
    func `they stay where they have come`(
        _ range: ObjectRange, _ response: HTTPResponse, _ expected: Range<Int>
    ) throws {
        let found = try RangedExchange(ScriptedExchange([response])).perform(getCall(), range)
        let all = response.body.bytes
        guard let start = found.bytes.baseAddress, let base = all.baseAddress, found.count > 0
        else { return #expect(expected.isEmpty) }
        #expect((0...all.count).contains(start - base))
    }

    static let wrong: [(ObjectRange, HTTPResponse)] = [
        (.whole, part(object[...], nil)), (.whole, part(object[...], nil, status: 204)),
        (middle, part(object[10..<30], nil)), (middle, part(object[10..<30], "")),
        (middle, part(object[10..<30], "bytes 10-29/*")),
        (middle, part(object[10..<30], "bytes */100")),
        (middle, part(object[11..<31], "bytes 11-30/100")),
        (middle, part(object[10..<29], "bytes 10-28/100")),
        (middle, part(object[10..<31], "bytes 10-30/100")),
        (middle, part(object[...], "bytes 0-99/100", status: 200)),
        (middle, part(object[10..<29], "bytes 10-29/100")),
        (middle, part(object[10..<31], "bytes 10-29/100")),
        (middle, part([], "bytes 10-29/100")),
        (middle, part(object[5..<10], "bytes 5-9/10")),
        (.last(length: 5), part(object[..<5], "bytes 0-4/100")),
        (.last(length: 5), part(object[94...], "bytes 94-99/100")),
        (
            .from(offset: UInt64.max - 1, length: 100),
            part(object[..<1], "bytes 0-0/18446744073709551615")
        ),
    ]

    @Test(arguments: wrong)
    func `other bytes, too few or too many are a wrong answer after three of them`(
        _ range: ObjectRange, _ response: HTTPResponse
    ) throws {
        let exchange = ScriptedExchange([response])
        let error = #expect(throws: S3Failure.self) { try read(exchange, range) }
        #expect(error?.code == .badAnswer)
        #expect(exchange.calls.count == 3)
    }

    @Test(arguments: wrong)
    func `the right answer may come behind a wrong one`(
        _ range: ObjectRange, _ response: HTTPResponse
    ) throws {
        let exchange = ScriptedExchange([
            response, response, Self.part(Self.object[...], nil, status: 200),
        ])
        guard case .from(let offset, _) = range, offset > 100 else {
            #expect(!(try read(exchange, range).isEmpty))
            #expect(exchange.calls.count == 3)
            return
        }
        #expect(throws: S3Failure.self) { try read(exchange, range) }
    }

    @Test(arguments: [100, 101, 1 << 40, UInt64.max] as [UInt64])
    func `a range behind the end is told, also by a store that gives all`(
        _ offset: UInt64
    ) throws {
        let exchange = ScriptedExchange([Self.part(Self.object[...], nil, status: 200)])
        let error = #expect(throws: S3Failure.self) {
            try read(exchange, .from(offset: offset, length: 10))
        }
        #expect(error?.code == .invalidRange)
        #expect(exchange.calls.count == 1)
    }

    @Test func `a failure passes, and is not repeated here`() throws {
        let failure = S3Failure(.badAnswer, cause: "short", retry: .twice)
        let exchange = ScriptedExchange { (_, _) throws(S3Failure) in throw failure }
        #expect(throws: failure) { try read(exchange, .whole) }
        #expect(exchange.calls.count == 1)
    }

    @Test(arguments: seeds(count: 6))
    func `whatever Content-Range says, only the right bytes are given`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            let offset = generator.number(in: 0...99)
            let length = generator.number(in: 1...60)
            let first = generator.oneIn(2) ? offset : generator.number(in: 0...99)
            let last =
                generator.oneIn(2)
                ? min(99, offset + length - 1) : generator.number(in: first...99)
            guard first <= last else { continue }
            let response = Self.part(
                Self.object[first...last], "bytes \(first)-\(last)/100",
                status: generator.pick([200, 206]))
            let exchange = ScriptedExchange([response])
            let expected = Array(Self.object[offset..<min(100, offset + length)])
            let range = ObjectRange.from(offset: UInt64(offset), length: length)
            if let found = try? read(exchange, range) { #expect(found == expected) }
        }
    }
}

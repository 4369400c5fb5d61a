import HTTPTransport
import ObjectStore
import TestSupport
import Testing

@testable import S3Store

/// Parts come out once each and in order, however the bytes come in.
struct PartCollectorTests {
    private static let object: [UInt8] = {
        var generator = SeededGenerator(seed: 51)
        return generator.bytes(5000)
    }()

    private static func head(
        _ range: String, _ status: Int = 206, length: Int? = nil
    ) -> (Int, HTTPFields) {
        var fields = HTTPFields()
        fields.append("Content-Range", range)
        if let length { fields.append("Content-Length", "\(length)") }
        return (status, fields)
    }

    /// What the head of the right answer says.
    private static func rightHead(_ range: PartedRange) -> (Int, HTTPFields) {
        let last = min(Int(range.offset) + range.length, object.count) - 1
        return head("bytes \(range.offset)-\(last)/\(object.count)")
    }

    private func makeCollector(
        _ range: PartedRange, _ recorder: PartRecorder
    ) -> PartCollector {
        PartCollector(range, to: recorder, pool: .forBodies())
    }

    /// Gives bytes of an answer in pieces of any size, as libcurl does: what was not taken comes
    /// again, cut otherwise.
    private func send(
        _ body: ArraySlice<UInt8>, to collector: PartCollector,
        _ generator: inout SeededGenerator
    ) -> Bool {
        var rest = body
        while !rest.isEmpty {
            let piece = Array(rest.prefix(generator.number(in: 1...max(1, body.count / 4))))
            switch piece.withUnsafeBytes({ collector.receive($0, resume: {}) }) {
            case .taken: rest = rest.dropFirst(piece.count)
            case .later: continue
            case .refused: return false
            }
        }
        return true
    }

    @Test(arguments: seeds(count: 60))
    func `any cuts, pauses and repetitions`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let range = generator.partedRange(within: Self.object.count)
        let recorder = PartRecorder { question in
            var dice = SeededGenerator(seed: seed << 16 + UInt64(question))
            return dice.oneIn(3) ? .later : .given
        }
        let collector = makeCollector(range, recorder)
        let body = Self.object[Int(range.offset)...].prefix(range.length)
        // Answers that break off, and then one that does not.
        for isLast in [false, false, true].dropFirst(generator.number(in: 0...2)) {
            let (status, fields) = Self.rightHead(range)
            #expect(collector.begin(status: status, fields: fields))
            let count = isLast ? body.count : generator.number(in: 0...body.count)
            #expect(send(body.prefix(count), to: collector, &generator))
        }
        let response = HTTPResponse(
            status: 206, fields: HTTPFields(), body: HTTPBody(capacity: 0),
            receivedInBytes: body.count)
        try collector.finish(response)
        #expect(recorder.parts == range.cut(Self.object))
    }

    @Test func `only an answer with the right range is taken`() {
        let range = PartedRange(offset: 10, length: 20, parts: [0..<20])
        let collector = makeCollector(range, PartRecorder())
        let heads = [
            Self.head("bytes 10-29/5000", 200), Self.head("bytes 10-28/5000"),
            Self.head("bytes 11-30/5000"), Self.head("bytes 10-29/29"), Self.head("nonsense"),
            (206, HTTPFields()), (404, HTTPFields()), Self.head("bytes 10-29/5000", 503),
            Self.head("bytes 10-29/5000", 503, length: 20),
            Self.head("bytes 10-29/5000", 200, length: 5000),
            Self.head("bytes 10-29/5000", 200, length: 19),
        ]
        for (status, fields) in heads {
            #expect(!collector.begin(status: status, fields: fields), "\(fields)")
        }
        for text in ["bytes 10-29/5000", "bytes 10-29/30", "bytes 10-24/25"] {
            let (status, fields) = Self.head(text)
            #expect(collector.begin(status: status, fields: fields), "\(text)")
        }
    }

    /// As rclone's server does: kept as a whole, sixteen of them took 374 MiB.
    @Test func `a range that comes with 200 is taken when it has its length`() {
        let range = PartedRange(offset: 10, length: 20, parts: [0..<20])
        let (status, fields) = Self.head("bytes 10-29/5000", 200, length: 20)
        let collector = makeCollector(range, PartRecorder())
        #expect(collector.begin(status: status, fields: fields))
    }

    @Test func `an answer that is shorter than it says is wrong`() {
        let range = PartedRange(offset: 0, length: 100, parts: [0..<60, 60..<100])
        let recorder = PartRecorder()
        let collector = makeCollector(range, recorder)
        let (status, fields) = Self.rightHead(range)
        #expect(collector.begin(status: status, fields: fields))
        var generator = SeededGenerator(seed: 1)
        #expect(send(Self.object[..<80], to: collector, &generator))
        let response = HTTPResponse(
            status: 206, fields: HTTPFields(), body: HTTPBody(capacity: 0), receivedInBytes: 80)
        let error = #expect(throws: S3Failure.self) { try collector.finish(response) }
        #expect(error?.code == .badAnswer && error?.retry == .twice)
        #expect(recorder.parts == [Array(Self.object[..<60])])
    }

    @Test func `more than was promised is no part`() {
        let range = PartedRange(offset: 0, length: 10, parts: [0..<4])
        let recorder = PartRecorder()
        let collector = makeCollector(range, recorder)
        let (status, fields) = Self.rightHead(range)
        #expect(collector.begin(status: status, fields: fields))
        var generator = SeededGenerator(seed: 2)
        #expect(send(Self.object[..<50], to: collector, &generator))
        #expect(recorder.parts == [Array(Self.object[..<4])])
        let response = HTTPResponse(
            status: 206, fields: HTTPFields(), body: HTTPBody(capacity: 0), receivedInBytes: 50)
        #expect(throws: S3Failure.self) { try collector.finish(response) }
    }

    @Test func `what nobody wants is refused`() {
        let range = PartedRange(offset: 0, length: 10, parts: [0..<4, 6..<10])
        let recorder = PartRecorder { question in question == 1 ? .given : .never }
        let collector = makeCollector(range, recorder)
        let (status, fields) = Self.rightHead(range)
        #expect(collector.begin(status: status, fields: fields))
        var generator = SeededGenerator(seed: 3)
        #expect(!send(Self.object[..<10], to: collector, &generator))
        #expect(recorder.parts == [Array(Self.object[..<4])])
    }

    private static let range = PartedRange(offset: 10, length: 20, parts: [0..<8, 10..<20])

    private static func whole(_ status: Int, _ contentRange: String?) -> HTTPResponse {
        let body = contentRange == nil ? object : Array(object[10..<30])
        return answer(status, contentRange.map { ["Content-Range": $0] } ?? [:], body: body)
    }

    /// Answers that a sender has put together as a whole, such as those of stores without ranges.
    @Test(arguments: [whole(200, nil), whole(206, "bytes 10-29/5000")])
    func `answers that are there as a whole are cut`(_ response: HTTPResponse) throws {
        let recorder = PartRecorder()
        let exchange = ScriptedExchange([response])
        try RangedExchange(exchange).perform(
            getCall(), Self.range, to: recorder, pool: .forBodies())
        #expect(recorder.parts == Self.range.cut(Self.object))
        #expect(exchange.calls.count == 1)
    }

    @Test func `the parts of a wrong answer are asked for again, those that came before are not`()
        throws
    {
        let recorder = PartRecorder()
        let exchange = ScriptedExchange { (call, number) throws(S3Failure) in
            guard number == 0 else { return Self.whole(200, nil) }
            guard let receiver = call.receiver else { throw .badAnswer("no receiver") }
            let (status, fields) = Self.rightHead(Self.range)
            #expect(receiver.begin(status: status, fields: fields))
            let receipt = Self.object[10..<25].withUnsafeBytes {
                receiver.receive($0, resume: {})
            }
            #expect(receipt == .taken)
            return HTTPResponse(
                status: status, fields: fields, body: HTTPBody(capacity: 0), receivedInBytes: 15)
        }
        try RangedExchange(exchange).perform(
            getCall(), Self.range, to: recorder, pool: .forBodies())
        #expect(exchange.calls.count == 2)
        #expect(recorder.parts == Self.range.cut(Self.object))
    }

    @Test(arguments: [whole(206, nil), whole(206, "bytes 11-30/5000"), whole(206, "x")])
    func `wrong answers hand over nothing`(_ response: HTTPResponse) {
        let recorder = PartRecorder()
        let exchange = ScriptedExchange([response])
        #expect(throws: S3Failure.self) {
            try RangedExchange(exchange).perform(
                getCall(), Self.range, to: recorder, pool: .forBodies())
        }
        #expect(recorder.parts.isEmpty && exchange.calls.count == 3)
    }
}

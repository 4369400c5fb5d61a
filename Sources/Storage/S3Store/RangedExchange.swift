import HTTPTransport
import ObjectStore
import WorkerThreads

/// Reads objects and ranges of them, and believes no answer that it has not checked.
struct RangedExchange {
    private let exchange: any S3Exchange

    init(_ exchange: any S3Exchange) { self.exchange = exchange }

    func perform(_ call: S3Call, _ range: ObjectRange) throws(S3Failure) -> ObjectBytes {
        try exchange.perform(call) { response throws(S3Failure) in
            try Self.bytes(of: response, range)
        }
    }

    /// Reads a range, and hands over its parts as they come in.
    func perform(
        _ call: S3Call, _ range: PartedRange, to receiver: any PartReceiver, pool: MemoryPool
    ) throws(S3Failure) {
        let collector = PartCollector(range, to: receiver, pool: pool)
        var call = call
        call.receiver = collector
        try exchange.perform(call) { response throws(S3Failure) in
            try collector.finish(response)
        }
    }

    /// The bytes that were asked for, in the answer's own memory.
    static func bytes(
        of response: HTTPResponse, _ range: ObjectRange
    ) throws(S3Failure) -> ObjectBytes {
        let body = response.body
        guard range != .whole else {
            guard response.status == 200 else {
                throw .badAnswer("a whole object came with HTTP \(response.status)")
            }
            return ObjectBytes(bytes: body.bytes, owner: body)
        }
        guard let text = response.fields["content-range"] else {
            guard response.status == 200 else {
                throw .badAnswer("a range came without Content-Range")
            }
            // The store does not do ranges, or not this one: all of the object has come.
            return try cut(body, range)
        }
        // As MinIO does: `bytes 0--1/0` are the last bytes of an object that has none.
        if case .last = range, body.count == 0, text.hasSuffix("/0") {
            return ObjectBytes(bytes: body.bytes, owner: body)
        }
        guard let found = ContentRange(text) else {
            throw .badAnswer("Content-Range cannot be read")
        }
        guard found == expected(range, sizeOfObject: found.total) else {
            throw .badAnswer("another range came than was asked for: \(found)")
        }
        guard UInt64(body.count) == found.length else {
            throw .badAnswer("\(body.count) bytes came, Content-Range promises \(found.length)")
        }
        return ObjectBytes(bytes: body.bytes, owner: body)
    }

    private static func cut(
        _ body: HTTPBody, _ range: ObjectRange
    ) throws(S3Failure) -> ObjectBytes {
        let size = UInt64(body.count)
        if size == 0, case .last = range { return ObjectBytes(bytes: body.bytes, owner: body) }
        guard let wanted = expected(range, sizeOfObject: size) else {
            throw S3Failure(
                .invalidRange, status: 200, cause: "the object has \(size) bytes only")
        }
        let part = body.bytes[Int(wanted.first)...Int(wanted.last)]
        return ObjectBytes(bytes: UnsafeRawBufferPointer(rebasing: part), owner: body)
    }

    /// What `Content-Range` must say; `nil` when the range begins behind the end.
    static func expected(
        _ range: ObjectRange, sizeOfObject size: UInt64
    ) -> ContentRange? {
        switch range {
        case .whole: return nil
        case .from(let offset, let length):
            guard offset < size else { return nil }
            // Compared so that no sum can overflow.
            let count = min(size - offset, UInt64(length))
            return ContentRange(first: offset, last: offset + count - 1, total: size)
        case .last(let length):
            guard size > 0 else { return nil }
            let first = size - min(size, UInt64(length))
            return ContentRange(first: first, last: size - 1, total: size)
        }
    }
}

/// The value of `Content-Range`: `bytes 0-9/100` (RFC 9110, section 14.4).
struct ContentRange: Equatable, CustomStringConvertible {
    let first: UInt64
    let last: UInt64
    let total: UInt64

    var length: UInt64 { last - first + 1 }

    var description: String { "bytes \(first)-\(last)/\(total)" }

    init(first: UInt64, last: UInt64, total: UInt64) {
        self.first = first
        self.last = last
        self.total = total
    }

    /// Reads a value; `nil` for any other form, a total that is not told included.
    init?(_ text: String) {
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        let numbers = text.dropFirst("bytes ".count)
            .split(separator: "/", omittingEmptySubsequences: false)
        guard numbers.count == 2, let total = UInt64(numbers[1]) else { return nil }
        let ends = numbers[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]),
            first <= last, last < total
        else { return nil }
        self.init(first: first, last: last, total: total)
    }
}

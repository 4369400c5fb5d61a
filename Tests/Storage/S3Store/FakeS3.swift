import Cryptography
import RequestSigning
import SnapshotModel
import Synchronization

@testable import HTTPTransport
@testable import S3Store

/// A small S3 in memory: one bucket, addressed by the path, with pages of three objects.
final class FakeS3: RequestSender {
    /// How it deviates from AWS.
    struct Quirks: Sendable {
        /// A range is answered by the whole object.
        var ignoresRanges = false
        /// Listings go on by markers only.
        var hasOldListing = false
        /// Deleting many objects at once is not implemented.
        var deletesOne = false
        /// Listings are in no order.
        var isUnsorted = false
        /// A request in so many is answered by 503.
        var failsOneIn: Int?
    }

    static let pageSize = 3

    private struct State {
        var objects: [String: [UInt8]] = [:]
        var requests: [HTTPRequest] = []
    }

    private let state = Mutex(State())
    private let quirks: Quirks

    init(_ quirks: Quirks = Quirks()) { self.quirks = quirks }

    var keys: [String] { state.withLock { $0.objects.keys.sorted() } }
    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    /// Puts an object past the tool.
    func plant(_ key: String, _ bytes: [UInt8] = [1]) {
        state.withLock { $0.objects[key] = bytes }
    }

    func send(_ request: HTTPRequest) -> HTTPResponse {
        state.withLock { state in
            state.requests.append(request)
            if let odds = quirks.failsOneIn, state.requests.count % odds == 0 {
                return refusal(503, "SlowDown")
            }
            let body = Array(request.body.joined())
            if let refusal = Self.check(request, body) { return refusal }
            guard request.url.path.hasPrefix("/photos/") else {
                return request.method == .post
                    ? deleteMany(body, &state) : list(request.parameters, state)
            }
            let path = String(request.url.path.dropFirst("/photos/".count))
            let key = String(decoding: PercentDecoding.bytes(of: path), as: UTF8.self)
            return answerObject(request, key, body, &state)
        }
    }

    /// Refuses what is not signed, or whose body is another than was signed.
    private static func check(_ request: HTTPRequest, _ body: [UInt8]) -> HTTPResponse? {
        guard request.fields["authorization"] != nil else { return refusal(403, "AccessDenied") }
        let hash = body.withUnsafeBytes { SHA256.digest(of: $0).hexadecimal }
        return request.fields["x-amz-content-sha256"] == hash
            ? nil : refusal(400, "XAmzContentSHA256Mismatch")
    }

    private func answerObject(
        _ request: HTTPRequest, _ key: String, _ body: [UInt8], _ state: inout State
    ) -> HTTPResponse {
        switch request.method {
        case .put:
            state.objects[key] = body
            return answer(200)
        case .delete:
            state.objects[key] = nil
            return answer(204)
        default: break
        }
        guard let object = state.objects[key] else {
            return request.method == .head ? answer(404) : refusal(404, "NoSuchKey")
        }
        if request.method == .head { return answer(200, ["Content-Length": "\(object.count)"]) }
        guard let range = request.fields["range"], !quirks.ignoresRanges else {
            return answer(200, [:], body: object)
        }
        return Self.part(of: object, range)
    }

    private static func part(of object: [UInt8], _ text: String) -> HTTPResponse {
        let ends = text.dropFirst("bytes=".count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let last = UInt64(ends[1]), !object.isEmpty else {
            return refusal(416, "InvalidRange")
        }
        let end = UInt64(object.count)
        let first = ends[0].isEmpty ? end - min(end, last) : UInt64(ends[0]) ?? end
        let stop = ends[0].isEmpty ? end : min(end, last == .max ? last : last + 1)
        guard first < stop else { return refusal(416, "InvalidRange") }
        return answer(
            206, ["Content-Range": "bytes \(first)-\(stop - 1)/\(end)"],
            body: Array(object[Int(first)..<Int(stop)]))
    }

    private func list(_ parameters: [String: String], _ state: State) -> HTTPResponse {
        let prefix = parameters["prefix"] ?? ""
        let isOld = quirks.hasOldListing
        let start = (isOld ? parameters["marker"] : parameters["continuation-token"]) ?? ""
        let rest = state.objects.keys.sorted().filter { $0.hasPrefix(prefix) && $0 > start }
        var items = Array(rest.prefix(Self.pageSize))
        let last = items.last
        if quirks.isUnsorted, !isOld { items.reverse() }
        var text = "<EncodingType>url</EncodingType>"
        for key in items {
            let encoded = PercentEncoding.path(key.utf8).replacing("%20", with: "+")
            text += listed(encoded, size: state.objects[key]?.count ?? 0)
        }
        let isCut = rest.count > items.count
        text += "<IsTruncated>\(isCut)</IsTruncated>"
        if isCut, !isOld, let last {
            text += "<NextContinuationToken>\(last)</NextContinuationToken>"
        }
        return page(text)
    }

    private func deleteMany(_ body: [UInt8], _ state: inout State) -> HTTPResponse {
        if quirks.deletesOne { return refusal(501, "NotImplemented") }
        let pieces = String(decoding: body, as: UTF8.self).split(separator: "<Key>").dropFirst()
        for piece in pieces {
            let key = piece.split(separator: "</Key>").first.map(String.init) ?? ""
            state.objects[key] = nil
        }
        return answer(200, [:], "<DeleteResult/>")
    }
}

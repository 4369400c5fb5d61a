/// Something that goes wrong (Tests/Servers/stand-in/faults.py), for one request unless told
/// otherwise.
package struct StandInFault: Sendable {
    var rule: [String: any Sendable]

    private init(_ name: String, _ values: [String: any Sendable] = [:]) {
        rule = values
        rule["do"] = name
    }

    // MARK: which requests

    /// The fault for a kind of requests only.
    package func on(_ kind: LoggedRequest.Kind) -> Self { with("kind", kind.rawValue) }

    /// The fault for a method only.
    package func method(_ method: String) -> Self { with("method", method) }

    /// The fault for keys that match a regular expression from their beginning.
    package func key(_ pattern: String) -> Self { with("key", pattern) }

    /// The fault for as many requests.
    package func times(_ count: Int) -> Self { with("count", count) }

    /// The fault for all requests.
    package var always: Self { with("count", -1) }

    /// The fault after as many matching requests have passed.
    package func after(_ count: Int) -> Self { with("skip", count) }

    private func with(_ name: String, _ value: any Sendable) -> Self {
        var copy = self
        copy.rule[name] = value
        return copy
    }

    // MARK: what happens

    /// An answer with an error in its body; with status 200 it is an error in disguise.
    /// - Parameters:
    ///   - takesEffect: whether the request is carried out all the same.
    ///   - isEarly: whether it is answered before its body is read.
    package static func error(
        _ status: Int, code: String = "InternalError", headers: [String: String] = [:],
        takesEffect: Bool = false, isEarly: Bool = false
    ) -> Self {
        Self(
            "error",
            [
                "status": status, "code": code, "headers": headers, "effect": takesEffect,
                "early": isEarly,
            ])
    }

    /// An answer without a body.
    package static func bare(_ status: Int, headers: [String: String] = [:]) -> Self {
        Self("error", ["status": status, "headers": headers, "bare": true])
    }

    /// Where a connection ends.
    package enum Place: String, CaseIterable, Sendable {
        /// After the head of the request.
        case head
        /// In the middle of the request's body.
        case body
        /// After the request.
        case request
        /// Within the status line of the answer.
        case statusLine = "status-line"
        /// Within the headers of the answer.
        case headers
        /// In the middle of the answer's body.
        case answer
        /// Before the last byte of the answer.
        case lastByte = "last-byte"
    }

    /// The connection ends.
    /// - Parameters:
    ///   - takesEffect: whether the request is carried out, for `.request`; the places within the
    ///     answer come after it is.
    ///   - resets: whether by a reset.
    package static func close(
        _ place: Place, takesEffect: Bool = false, resets: Bool = false
    ) -> Self {
        Self("close", ["at": place.rawValue, "effect": takesEffect, "resets": resets])
    }

    /// The connection ends after as many bytes of the answer, its head included.
    package static func close(afterBytes offset: Int) -> Self {
        Self("close", ["at": "answer", "offset": offset])
    }

    /// There is no answer for as long as the client waits.
    package static var hang: Self { Self("hang") }

    /// The connection ends after the answer, which does not say so.
    package static var stale: Self { Self("stale") }

    /// The answer waits.
    package static func delay(seconds: Double) -> Self { Self("delay", ["seconds": seconds]) }

    /// The answer waits until all faults are forgotten.
    package static var hold: Self { Self("hold") }

    /// The answer comes slowly.
    package static func drip(bytesPerSecond: Int) -> Self { Self("drip", ["rate": bytesPerSecond]) }

    /// The answer's body ends too early.
    /// - Parameters:
    ///   - length: what is left of it in bytes; half of it unless given.
    ///   - lies: whether Content-Length says that this is all.
    package static func truncate(length: Int? = nil, lies: Bool = false) -> Self {
        let fault = Self("truncate", ["lies": lies])
        return length.map { fault.with("length", $0) } ?? fault
    }

    /// Status 200 in place of 206: with the whole object, or with the range and Content-Range.
    package static func whole(withContentRange: Bool = false) -> Self {
        Self("whole", ["content-range": withContentRange])
    }

    /// One byte of the answer's body is another.
    package static func corrupt(offset: Int? = nil) -> Self {
        let fault = Self("corrupt")
        return offset.map { fault.with("offset", $0) } ?? fault
    }

    /// Content-Range is another.
    package static func contentRange(_ value: String? = nil) -> Self {
        let fault = Self("content-range")
        return value.map { fault.with("value", $0) } ?? fault
    }

    /// The answer's body never ends.
    package static var endless: Self { Self("endless") }

    /// Bodies that are not what was asked for.
    package enum Body: String, CaseIterable, Sendable {
        /// XML that is not well-formed.
        case garbage
        /// A page of a captive portal.
        case html
        /// Nothing.
        case empty
        /// Every byte there is.
        case binary
        /// Entities that grow.
        case bomb
        /// Elements in elements.
        case deep
        /// An entity from a file.
        case entity
    }

    /// The answer's body is another.
    package static func body(_ body: Body, status: Int = 200) -> Self {
        Self("body", ["name": body.rawValue, "status": status])
    }

    /// The answer's body is a text.
    package static func body(text: String, status: Int = 200) -> Self {
        Self("body", ["text": text, "status": status])
    }

    /// Headers of the answer are others; `nil` removes one.
    package static func headers(_ values: [String: String?]) -> Self {
        let texts = values.compactMapValues { $0 }
        let removed = values.filter { $0.value == nil }.map(\.key)
        return Self("headers", ["values": texts, "removes": removed])
    }

    /// One key of a request to delete many fails.
    package static func deny(key pattern: String) -> Self { Self("deny", ["key": pattern]) }
}

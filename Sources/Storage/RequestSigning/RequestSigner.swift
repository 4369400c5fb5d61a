internal import Cryptography
package import HTTPTransport
internal import SnapshotModel
internal import Synchronization

/// What a signature was made from: for tests, and to compare with what a server says it has signed.
package struct SigningSteps: Sendable {
    /// The request in canonical form.
    package let canonicalRequest: String
    /// The text under the signature.
    package let stringToSign: String
    /// The signature, in hexadecimal digits.
    package let signature: String
}

/// Signs requests by Signature Version 4 (AWS4-HMAC-SHA256), from any number of threads.
///
/// What the request holds is signed as it is: path and query must be encoded as they go out
/// (`PercentEncoding`). A repeated request is signed anew, with its own time.
package final class RequestSigner: Sendable {
    /// Instead of a payload's hash: the body is not covered by the signature.
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// The hash of an empty body.
    package static let emptyPayloadHash =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// The longest validity of a presigned URL: seven days.
    package static let longestLifetimeInSeconds = 7 * 24 * 60 * 60

    private static let algorithm = "AWS4-HMAC-SHA256"
    /// Fields that signing sets; those of an earlier attempt go.
    private static let ownFields: Set = [
        "authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
    ]

    private let service: String
    private let keys = Mutex(SigningKeys())

    /// A signer of requests for one service.
    /// - Parameter service: the name in the scope; `s3` for everything that speaks S3.
    package init(service: String = "s3") { self.service = service }

    /// Adds the fields that make a request authentic: `x-amz-date`, `x-amz-content-sha256` for S3,
    /// `x-amz-security-token` (where there is a token) and `Authorization`.
    /// - Parameters:
    ///   - request: the request; fields of an earlier signature are replaced.
    ///   - credentials: what to sign with.
    ///   - payloadHash: the body's SHA-256 in lower-case hexadecimal digits, or `unsignedPayload`.
    ///   - region: the region in the scope, as the server wants it.
    ///   - time: now by the server's clock, in seconds since 1970.
    @discardableResult
    package func sign(
        _ request: inout HTTPRequest, with credentials: Credentials, payloadHash: String,
        region: String, time: Int64
    ) -> SigningSteps {
        let scope = Scope(time: time, region: region, service: service)
        var fields = HTTPFields()
        for field in request.fields.all where !Self.ownFields.contains(field.name.lowercased()) {
            fields.append(field.name, field.value)
        }
        fields.append("x-amz-date", scope.dateAndTime)
        // Other services take the hash from the signature alone.
        if service == "s3" { fields.append("x-amz-content-sha256", payloadHash) }
        if let token = credentials.sessionToken {
            fields.append("x-amz-security-token", token.revealed)
        }
        request.fields = fields
        let canonical = CanonicalRequest(request, payloadHash: payloadHash)
        let steps = sign(canonical, scope, credentials)
        let authorization =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope.text), "
            + "SignedHeaders=\(canonical.signedFields), Signature=\(steps.signature)"
        request.fields.append("Authorization", authorization)
        return steps
    }

    /// Puts a signature into the query of a request's URL, which then needs no further secret.
    /// - Parameters:
    ///   - request: the request; whoever sends it must send its fields too.
    ///   - credentials: what to sign with.
    ///   - lifetimeInSeconds: how long it is valid, from 1 to `longestLifetimeInSeconds`.
    ///   - payloadHash: as for `sign`; S3 wants `unsignedPayload`.
    ///   - region: as for `sign`.
    ///   - time: as for `sign`.
    @discardableResult
    package func presign(
        _ request: inout HTTPRequest, with credentials: Credentials, lifetimeInSeconds: Int,
        payloadHash: String = RequestSigner.unsignedPayload, region: String, time: Int64
    ) -> SigningSteps {
        precondition((1...Self.longestLifetimeInSeconds).contains(lifetimeInSeconds))
        let scope = Scope(time: time, region: region, service: service)
        var items = [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope.text)"),
            ("X-Amz-Date", scope.dateAndTime),
            ("X-Amz-Expires", String(lifetimeInSeconds)),
            ("X-Amz-SignedHeaders", CanonicalRequest.signedFields(of: request)),
        ]
        if let token = credentials.sessionToken {
            items.append(("X-Amz-Security-Token", token.revealed))
        }
        let separator = request.url.query.isEmpty ? "" : "&"
        request.url.query += separator + PercentEncoding.canonicalQuery(items)
        let steps = sign(CanonicalRequest(request, payloadHash: payloadHash), scope, credentials)
        request.url.query += "&X-Amz-Signature=\(steps.signature)"
        return steps
    }

    private func sign(
        _ canonical: CanonicalRequest, _ scope: Scope, _ credentials: Credentials
    ) -> SigningSteps {
        var text = canonical.text
        let digest = text.withUTF8 { SHA256.digest(of: UnsafeRawBufferPointer($0)) }
        let stringToSign =
            "\(Self.algorithm)\n\(scope.dateAndTime)\n\(scope.text)\n\(digest.hexadecimal)"
        let key = keys.withLock { $0.key(for: scope, credentials.secretAccessKey) }
        var signature: [UInt8] = []
        Hexadecimal.append(HMACSHA256.code(of: stringToSign, key: key), to: &signature)
        return SigningSteps(
            canonicalRequest: text, stringToSign: stringToSign,
            signature: String(decoding: signature, as: UTF8.self))
    }
}

/// Where and when a signature is valid.
private struct Scope: Hashable {
    let dateAndTime: String
    let day: String
    let region: String
    let service: String

    init(time: Int64, region: String, service: String) {
        dateAndTime = CalendarTime.compact(Timestamp(seconds: time, nanoseconds: 0))
        day = String(dateAndTime.prefix(8))
        self.region = region
        self.service = service
    }

    var text: String { "\(day)/\(region)/\(service)/aws4_request" }
}

/// The keys of the last scopes: making one takes as long as four signatures.
private struct SigningKeys {
    private struct Name: Hashable {
        let scope: String
        let secret: Secret
    }

    /// A run has one scope, another one behind midnight, and rarely more.
    private static let limit = 8
    private var keys: [Name: [UInt8]] = [:]

    mutating func key(for scope: Scope, _ secret: Secret) -> [UInt8] {
        let name = Name(scope: scope.text, secret: secret)
        if let key = keys[name] { return key }
        var key = Array("AWS4\(secret.revealed)".utf8)
        for part in [scope.day, scope.region, scope.service, "aws4_request"] {
            key = HMACSHA256.code(of: part, key: key)
        }
        if keys.count == Self.limit { keys.removeAll() }
        keys[name] = key
        return key
    }
}

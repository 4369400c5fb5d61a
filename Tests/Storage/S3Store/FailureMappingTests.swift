import HTTPTransport
import ObjectStore
import RequestSigning
import Testing

@testable import S3Store

/// From words and statuses to what failed, whether to try again, and what to do.
struct FailureMappingTests {
    struct Row: CustomTestStringConvertible {
        let words: [String]
        var status = 400
        let code: StoreError.Code
        let retry: S3Failure.Retry
        /// What the remedy says; `nil` where the code alone tells.
        var says: String?

        init(
            _ words: String..., status: Int = 400, code: StoreError.Code,
            _ retry: S3Failure.Retry = .never, _ says: String? = nil
        ) {
            self.words = words
            self.status = status
            self.code = code
            self.retry = retry
            self.says = says
        }

        var testDescription: String { "\(words) \(status)" }
    }

    private func failure(
        _ status: Int, _ word: String, _ provider: S3Provider = .aws, more: String = ""
    ) throws -> S3Failure {
        let answer = word.isEmpty ? answer(status) : refusal(status, word, more: more)
        return S3Failure(ErrorAnswer(answer), try endpoint(), provider)
    }

    static let words = [
        Row(
            "SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException",
            "Throttling.User", "ThrottledException", "RequestThrottled",
            "RequestThrottledException", "RequestLimitExceeded", "BandwidthLimitExceeded",
            "TooManyRequests", "ExceedAccountQPSLimit", "ExceedBucketQPSLimit",
            "ExceedAccountRateLimit", "ExceedBucketRateLimit", status: 503, code: .throttled,
            .throttled, "--connections"),
        Row(
            "InternalError", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException",
            "OperationAborted", "PriorRequestNotComplete", "ClientDisconnect",
            "XMinioServerNotInitialized", "ConditionalRequestConflict", code: .inputOutput,
            .transient, "again"),
        Row(
            "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch", code: .badAnswer, .twice,
            "memory"),
        Row("NoSuchKey", status: 404, code: .notFound),
        Row("InvalidRange", status: 416, code: .invalidRange),
        Row("NoSuchBucket", status: 404, code: .noBucket, .never, "make the bucket photos"),
        Row("AccessDenied", status: 403, code: .permissionDenied, .never, "s3:PutObject"),
        Row("ObjectLockedByBucketPolicy", status: 403, code: .permissionDenied, .never, "photos"),
        Row("InvalidAccessKeyId", status: 403, code: .unauthenticated, .never, "access key ID"),
        Row("SignatureDoesNotMatch", status: 403, code: .unauthenticated, .never, "secret"),
        Row(
            "ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired",
            code: .unauthenticated, .never, "new temporary credentials"),
        Row(
            "RequestTimeTooSkewed", "RequestExpired", status: 403, code: .clockSkew, .never, "clock"
        ),
        Row(
            "UserDisable", "ArrearOverdue", "NotEntitled", "AllAccessDisabled", "AccountProblem",
            status: 403, code: .permissionDenied, .never, "account"),
        Row("QuotaExceeded", "XMinioStorageFull", status: 507, code: .noSpace, .never, "space"),
        Row("NotImplemented", status: 501, code: .unsupported, .never, "options"),
        Row("InvalidBucketName", code: .misconfigured, .never, "name"),
        Row(
            "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException", "InvalidRegionName", code: .misconfigured, .never,
            "region"),
        Row(
            "SecondLevelDomainForbidden", "PathStyleDomainForbidden", status: 403,
            code: .misconfigured, .never, "--addressing virtual"),
        Row("PublicEndpointForbidden", code: .misconfigured, .never, "--addressing bound"),
        Row("InvalidStorageClass", code: .misconfigured, .never, "storage class"),
        Row("KeyTooLongError", code: .misconfigured, .never, "root path"),
        Row("EntityTooLarge", code: .unsupported, .never, "32 MiB"),
        Row("InvalidObjectState", status: 403, code: .permissionDenied, .never, "archived"),
        // Unknown words say nothing, so the status does.
        Row("Whatever", "PreconditionFailed", status: 412, code: .inputOutput, .never, "doctor"),
        Row("FileAlreadyExists", status: 409, code: .inputOutput, .never, "doctor"),
        Row("Whatever", status: 503, code: .throttled, .throttled, "wait"),
    ]

    static let statuses =
        [
            Row(status: 404, code: .notFound), Row(status: 416, code: .invalidRange),
            Row(status: 401, code: .unauthenticated, .never, "secret"),
            Row(status: 403, code: .permissionDenied, .never, "s3:ListBucket"),
            Row(status: 301, code: .misconfigured, .never, "region"),
            Row(status: 302, code: .misconfigured, .never, "region"),
            Row(status: 307, code: .misconfigured, .never, "region"),
            Row(status: 407, code: .unreachable, .never, "proxy"),
            Row(status: 429, code: .throttled, .throttled, "--connections"),
            Row(status: 503, code: .throttled, .throttled, "wait"),
            Row(status: 405, code: .unsupported, .never, "options"),
            Row(status: 501, code: .unsupported, .never, "options"),
            Row(status: 507, code: .noSpace, .never, "space"),
            Row(status: 400, code: .inputOutput, .never, "doctor"),
            Row(status: 418, code: .inputOutput, .never, "doctor"),
            Row(status: 599, code: .inputOutput, .never, "doctor"),
            Row(status: 100, code: .inputOutput, .never, "doctor"),
        ]
        + [408, 499, 500, 502, 504, 509, 520, 524].map {
            Row(status: $0, code: .inputOutput, .transient, "again")
        }

    @Test(arguments: words + statuses)
    func `each word and each status has its meaning`(_ row: Row) throws {
        for word in row.words.isEmpty ? [""] : row.words {
            let found = try failure(row.status, word)
            #expect(found.code == row.code, "\(word)")
            #expect(found.retry == row.retry, "\(word)")
            #expect(found.word == word)
            #expect(found.status == row.status)
            #expect(found.cause.hasPrefix("HTTP \(row.status)"))
            if let says = row.says {
                #expect(found.remedy.contains(says), "\(word): \(found.remedy)")
            } else {
                #expect(found.remedy.isEmpty, "\(word)")
            }
        }
    }

    @Test(arguments: [
        (S3Provider.aws, "AccessDenied", "s3:DeleteObject"), (.r2, "AccessDenied", "Object Read"),
        (.oss, "AccessDenied", "oss:PutObject"), (.cos, "AccessDenied", "name/cos:GetBucket"),
        (.minio, "AccessDenied", "listing, reading"), (.r2, "InvalidRegionName", "region auto"),
        (.cos, "NoSuchBucket", "APPID"), (.minio, "InvalidAccessKeyId", "MinIO"),
        (.oss, "UserDisable", "Alibaba Cloud OSS"), (.r2, "NotEntitled", "Cloudflare R2"),
    ])
    func `remedies speak of the provider in its own terms`(
        _ provider: S3Provider, _ word: String, _ says: String
    ) throws {
        let remedy = try failure(403, word, provider).remedy
        #expect(remedy.contains(says), "\(remedy)")
    }

    @Test func `OSS tells the endpoint of the bucket, and what its account lacks`() throws {
        let more = "<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>"
        let elsewhere = try failure(403, "AccessDenied", .oss, more: more)
        #expect(elsewhere.code == .misconfigured)
        #expect(elsewhere.remedy.contains("oss-cn-beijing.aliyuncs.com"))
        // Of another provider the same would be a trap.
        #expect(try failure(403, "AccessDenied", .other, more: more).code == .permissionDenied)
        let off = try failure(403, "AccessDenied", .oss, more: "<EC>0002-00000032</EC>")
        #expect(off.remedy.contains("S3 protocol"))
    }

    static let transfers: [(HTTPError.Code, StoreError.Code, S3Failure.Retry, String)] = [
        (.cannotResolve, .unreachable, .transient, "spelling"),
        (.cannotConnect, .unreachable, .transient, "port"),
        (.proxyFailed, .unreachable, .transient, "https_proxy"),
        (.timedOut, .unreachable, .transient, "network"),
        (.connectionLost, .unreachable, .transient, "network"),
        (.malformedAnswer, .unreachable, .transient, "scheme"),
        (.handshakeFailed, .untrusted, .transient, "scheme"),
        (.untrusted, .untrusted, .never, "--ca-file"),
        (.noAuthorities, .misconfigured, .never, "AWS_CA_BUNDLE"),
        (.answerTooLong, .badAnswer, .twice, "endpoint"),
        (.cancelled, .interrupted, .never, ""),
        (.invalidRequest, .misconfigured, .never, "endpoint"),
        (.other, .unreachable, .transient, "network"),
    ]

    @Test(arguments: transfers)
    func `requests without an answer have a meaning, too`(
        _ code: HTTPError.Code, _ expected: StoreError.Code, _ retry: S3Failure.Retry,
        _ says: String
    ) throws {
        let found = S3Failure(HTTPError(code, "s3.example.com", cause: "curl"), try endpoint())
        #expect(found.code == expected)
        #expect(found.retry == retry)
        #expect(found.status == nil && found.word.isEmpty)
        #expect(found.cause.contains("s3.example.com") && found.cause.contains("curl"))
        #expect(says.isEmpty ? found.remedy.isEmpty : found.remedy.contains(says))
    }

    @Test func `missing credentials keep their own remedy`() {
        let error = CredentialsError(.missing, "profile x", cause: "no such", remedy: "make it")
        let found = S3Failure(error)
        #expect(found.code == .unauthenticated && found.remedy == "make it")
        #expect(found.cause.contains("profile x") && found.retry == .never)
    }

    @Test func `a store error tells what the call was about`() {
        let failure = S3Failure.badAnswer("odd").adding("tried 3 times")
        let error = failure.storeError(of: getCall())
        #expect(error.code == .badAnswer && error.operation == .get && error.subject == "k")
        #expect(error.cause == "odd (tried 3 times)" && !error.remedy.isEmpty)
        #expect(failure == S3Failure.badAnswer("other"))
        #expect(failure != S3Failure(.badAnswer, status: 200, cause: "odd"))
    }
}

// From what libcurl and servers say to what failed, whether to try again, and what the user can
// do: the one place that knows the words of the providers. Above it nobody reads a server's text.

package import HTTPTransport
import ObjectStore
package import RequestSigning

extension S3Failure {
    /// A request without a complete answer.
    package init(_ error: HTTPError, _ endpoint: S3Endpoint) {
        let proxy = "check the proxy variables (https_proxy, http_proxy, no_proxy)"
        let scheme = "check the endpoint's scheme and port: http:// or https://"
        let network = "check the network and the endpoint, then run the command again"
        let (code, remedy, retry): (StoreError.Code, String, Retry) =
            switch error.code {
            case .cannotResolve:
                (.unreachable, "check the endpoint's spelling and the network", .transient)
            case .cannotConnect:
                (.unreachable, "check the endpoint, its port, and that it is up", .transient)
            case .proxyFailed: (.unreachable, proxy, .transient)
            case .timedOut, .connectionLost: (.unreachable, network, .transient)
            case .malformedAnswer: (.unreachable, scheme, .transient)
            case .handshakeFailed: (.untrusted, scheme, .transient)
            case .untrusted:
                (
                    .untrusted,
                    "check the endpoint's name; for a certificate authority of your own give"
                        + " --ca-file FILE", .never
                )
            case .noAuthorities:
                (.misconfigured, "check the file that --ca-file or AWS_CA_BUNDLE names", .never)
            case .answerTooLong: (.badAnswer, "check what answers at the endpoint", .twice)
            case .cancelled: (.interrupted, "", .never)
            case .invalidRequest: (.misconfigured, "check the endpoint", .never)
            default: (.unreachable, network, .transient)
            }
        self.init(code, cause: "\(error)", remedy: remedy, retry: retry)
    }

    /// No credentials to sign with.
    package init(_ error: CredentialsError) {
        self.init(.unauthenticated, cause: "\(error)", remedy: error.remedy)
    }

    /// An answer that is no success.
    package init(_ answer: ErrorAnswer, _ endpoint: S3Endpoint, _ provider: S3Provider) {
        let meaning =
            Self.meaning(ofDetail: answer, provider)
            ?? Self.meaning(ofWord: answer.word, endpoint, provider)
            ?? Self.meaning(ofStatus: answer.status, endpoint, provider)
        self.init(
            meaning.code, word: answer.word, status: answer.status, cause: answer.summary,
            remedy: meaning.remedy, retry: meaning.retry,
            delayInMilliseconds: answer.delayInMilliseconds)
    }

    /// An answer that is no success, to a call.
    init(
        _ answer: ErrorAnswer, to call: S3Call, _ endpoint: S3Endpoint, _ provider: S3Provider
    ) {
        // Servers that keep objects as files trip over folders that come and go just then.
        guard call.operation == .put, answer.word == "NoSuchKey" else {
            self.init(answer, endpoint, provider)
            return
        }
        self.init(
            .inputOutput, word: answer.word, status: answer.status, cause: answer.summary,
            remedy: "run the command again in a while", retry: .transient)
    }

    /// An answer of success that breaks the rules of the protocol.
    static func badAnswer(_ cause: String, retry: Retry = .twice) -> S3Failure {
        S3Failure(
            .badAnswer, cause: cause,
            remedy: "run the command again; if it fails again, what answers is no faithful S3"
                + " store: check the endpoint and any proxy", retry: retry)
    }

    /// An answer of "not found" to a call that is about no object: a store would have said what.
    static func noStore(_ failure: S3Failure) -> S3Failure {
        S3Failure(
            .misconfigured, word: failure.word, status: failure.status, cause: failure.cause,
            remedy: "check the endpoint: what answers there is no S3 store, or has no such bucket")
    }

    private typealias Meaning = (code: StoreError.Code, remedy: String, retry: Retry)

    private static let throttlingWords: Set = [
        "SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException",
        "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "TooManyRequests",
        "TooManyRequestsException", "ExceedAccountQPSLimit", "ExceedBucketQPSLimit",
        "ExceedAccountRateLimit", "ExceedBucketRateLimit", "QpsLimitExceeded",
    ]
    private static let transientWords: Set = [
        "InternalError", "InternalServerError", "ServiceUnavailable", "ServerBusy",
        "RequestTimeout", "RequestTimeoutException", "OperationAborted",
        "PriorRequestNotComplete", "ClientDisconnect", "XMinioServerNotInitialized",
        "ConditionalRequestConflict",
    ]

    /// What only OSS says, and not by its word.
    private static func meaning(ofDetail answer: ErrorAnswer, _ provider: S3Provider) -> Meaning? {
        guard provider == .oss else { return nil }
        if ["0002-00000031", "0002-00000032", "0002-00000033"].contains(answer.detail) {
            return (
                .misconfigured,
                "ask Alibaba Cloud to enable the S3 protocol with signature V4 for the account",
                .never
            )
        }
        if answer.word == "AccessDenied", let endpoint = answer.endpoint, !endpoint.isEmpty {
            return (.misconfigured, "give the bucket's own endpoint, \(endpoint)", .never)
        }
        return nil
    }

    private static func meaning(
        ofWord word: String, _ endpoint: S3Endpoint, _ provider: S3Provider
    ) -> Meaning? {
        // Alibaba's words have parts: Throttling.User, Throttling.Api.
        if throttlingWords.contains(word) || word.hasPrefix("Throttling.") {
            return (
                .throttled, "wait, or lower --connections; others may use the bucket", .throttled
            )
        }
        if transientWords.contains(word) {
            return (.inputOutput, "run the command again in a while", .transient)
        }
        return meaning(ofRefusal: word, endpoint, provider)
            ?? meaning(ofWrongSetting: word, endpoint, provider)
    }

    private static func meaning(
        ofRefusal word: String, _ endpoint: S3Endpoint, _ provider: S3Provider
    ) -> Meaning? {
        switch word {
        case "NoSuchKey": (.notFound, "", .never)
        case "InvalidRange": (.invalidRange, "", .never)
        case "AccessDenied", "Forbidden", "ObjectLockedByBucketPolicy":
            (.permissionDenied, permissionRemedy(endpoint, provider), .never)
        case "InvalidAccessKeyId", "InvalidAccessKeyID", "NotSignedUp":
            (
                .unauthenticated,
                "check the access key ID; \(provider.title) does not know it", .never
            )
        case "SignatureDoesNotMatch":
            (
                .unauthenticated,
                "check the secret access key, then the region, then any proxy that rewrites"
                    + " headers", .never
            )
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            (.unauthenticated, "get new temporary credentials; the session token is spent", .never)
        case "RequestTimeTooSkewed", "RequestExpired":
            (.clockSkew, "set this machine's clock, for example by NTP", .never)
        case "UserDisable", "ArrearOverdue", "InsufficientAccountBalance", "NotEntitled",
            "AllAccessDisabled", "AccountProblem":
            (
                .permissionDenied,
                "look at the account at \(provider.title): it is suspended, or not entitled to this"
                    + " service", .never
            )
        case "QuotaExceeded", "XMinioStorageFull", "StorageFull", "InsufficientCapacity",
            "XMinioAdminBucketQuotaExceeded":
            (.noSpace, "free some space in the store, or raise its quota", .never)
        case "NotImplemented", "MethodNotAllowed", "UnsupportedOperation":
            (.unsupported, "leave out options that \(provider.title) does not have", .never)
        case "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "InvalidDigest",
            "XAmzContentChecksumMismatch":
            (
                .badAnswer,
                "run the command again; if it fails again, test this machine's memory and network",
                .twice
            )
        default: nil
        }
    }

    private static func meaning(
        ofWrongSetting word: String, _ endpoint: S3Endpoint, _ provider: S3Provider
    ) -> Meaning? {
        switch word {
        case "NoSuchBucket":
            (.noBucket, bucketRemedy(endpoint, provider), .never)
        case "InvalidBucketName":
            (.misconfigured, "check the bucket's name", .never)
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException", "InvalidRegionName", "InvalidRegion":
            (.misconfigured, regionRemedy(provider), .never)
        case "SecondLevelDomainForbidden", "PathStyleDomainForbidden":
            (.misconfigured, "use --addressing virtual", .never)
        case "PublicEndpointForbidden":
            (
                .misconfigured,
                "this account cannot use OSS's public domain: give a custom domain that is bound"
                    + " to the bucket as the endpoint, with --addressing bound, or the internal"
                    + " endpoint", .never
            )
        case "InvalidStorageClass":
            (.misconfigured, "give a storage class that \(provider.title) has", .never)
        case "KeyTooLongError", "KeyTooLong":
            (.misconfigured, "choose a shorter root path", .never)
        case "EntityTooLarge": (.unsupported, "the store does not take objects of 32 MiB", .never)
        case "InvalidObjectState":
            (
                .permissionDenied,
                "the object is archived: have the provider bring it back first", .never
            )
        default: nil
        }
    }

    private static func meaning(
        ofStatus status: Int, _ endpoint: S3Endpoint, _ provider: S3Provider
    ) -> Meaning {
        switch status {
        case 404: return (.notFound, "", .never)
        case 416: return (.invalidRange, "", .never)
        case 401: return (.unauthenticated, "check the access key and its secret", .never)
        case 403: return (.permissionDenied, permissionRemedy(endpoint, provider), .never)
        case 301, 302, 307, 308: return (.misconfigured, regionRemedy(provider), .never)
        case 407: return (.unreachable, "check the proxy and its user's name", .never)
        case 429: return (.throttled, "wait, or lower --connections", .throttled)
        case 503: return (.throttled, "wait; the store is overloaded or down", .throttled)
        case 408, 499, 500, 502, 504, 509, 520...530:
            return (.inputOutput, "run the command again in a while", .transient)
        case 501, 405: return (.unsupported, "leave out options that the store lacks", .never)
        case 507: return (.noSpace, "free some space in the store", .never)
        default:
            return (.inputOutput, "check the endpoint and the region: varve doctor", .never)
        }
    }

    // MARK: Remedies

    private static func permissionRemedy(_ endpoint: S3Endpoint, _ provider: S3Provider) -> String {
        let wanted =
            switch provider {
            case .aws: "s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject"
            case .r2: "\"Object Read & Write\" on this bucket"
            case .oss: "oss:ListObjects, oss:GetObject, oss:PutObject and oss:DeleteObject"
            case .cos:
                "name/cos:GetBucket, HeadObject, GetObject, PutObject, DeleteObject and"
                    + " DeleteMultipleObjects"
            default: "listing, reading, writing and deleting objects"
            }
        return "allow the access key \(wanted) in bucket \(endpoint.bucket): varve doctor"
    }

    private static func bucketRemedy(_ endpoint: S3Endpoint, _ provider: S3Provider) -> String {
        var remedy = "make the bucket \(endpoint.bucket), or check its name and the endpoint"
        if provider == .cos { remedy += "; the name ends in the account's APPID" }
        return remedy
    }

    private static func regionRemedy(_ provider: S3Provider) -> String {
        switch provider {
        case .r2: "use the region auto"
        default: "give the bucket's own region, and the endpoint of that region"
        }
    }
}

import Foundation

/// A strict S3 server on loopback that plays a provider (Tests/Servers/stand-in).
///
/// It starts in a tenth of a second, so every test has its own; what one test sets meets no other.
/// It ends with this object.
package final class StandIn: Sendable {
    /// The providers it plays.
    package enum Personality: String, CaseIterable, Sendable {
        /// Amazon S3.
        case aws
        /// Cloudflare R2.
        case r2
        /// Alibaba Cloud OSS.
        case oss
        /// Tencent Cloud COS.
        case cos
        /// A MinIO server.
        case minio
        /// Backblaze B2.
        case b2
        /// Google Cloud Storage with HMAC keys.
        case gcs
        /// A server whose listings break.
        case brokenList = "broken-list"
    }

    /// The provider it plays.
    package let personality: Personality
    /// The URL `http://127.0.0.1:PORT`, or `https:`.
    package let endpoint: String
    /// The port, on 127.0.0.1.
    package let port: Int
    /// The ID of the key that it knows.
    package let accessKey: String
    /// The secret that belongs to the key.
    package let secretKey: String
    /// The region of the endpoint.
    package let region: String
    /// A bucket that is there.
    package let bucket: String
    /// The path of the certificate of the authority that its certificates are signed by.
    package let authorityPath: String

    private let process: ServerProcess

    /// Starts a server.
    package convenience init(
        _ personality: Personality = .aws, _ options: StandInOption...
    ) throws {
        try self.init(personality, options)
    }

    /// Starts a relay before a real server: it passes requests on unchanged, counts them and
    /// disturbs them as it is told. Keys and buckets are those of the real server.
    package convenience init(before server: StorageServer, _ options: StandInOption...) throws {
        let relayed: [StandInOption] = [
            .option("upstream", server.endpoint), .option("region", server.region),
            .accessKey(server.accessKey), .secretKey(server.secretKey),
            .buckets([server.bucket: ""]),
        ]
        try self.init(.minio, relayed + options)
    }

    /// Starts a server.
    package init(_ personality: Personality, _ options: [StandInOption]) throws {
        process = try ServerProcess(
            "stand-in", [personality.rawValue] + options.map { try $0.argument })
        self.personality = personality
        endpoint = try process.fact("endpoint")
        port = Int(endpoint.split(separator: ":").last ?? "") ?? 0
        accessKey = try process.fact("access_key")
        secretKey = try process.fact("secret_key")
        region = try process.fact("region")
        bucket = try process.fact("bucket")
        authorityPath = try process.fact("ca")
    }

    /// The number of its process.
    package var processID: Int32 { process.facts["pid"].flatMap { Int32($0) } ?? 0 }

    /// The URL for a client's proxy setting. By it the provider's real names lead here, with `http`
    /// and with `https`; other names cannot be resolved.
    package var proxy: String { "http://127.0.0.1:\(port)" }

    /// Changes options while it runs.
    package func set(_ options: StandInOption...) throws {
        var request: [String: any Sendable] = ["do": "set"]
        for option in options { request[option.name] = option.value }
        try process.ask(request)
    }

    /// Orders a fault, which meets requests from now on.
    package func order(_ fault: StandInFault) throws {
        try process.ask(["do": "fault", "rule": fault.rule])
    }

    /// Forgets all faults.
    package func calm() throws { try process.ask(["do": "calm"]) }

    /// How many faults have not met all the requests that they were ordered for.
    package func pendingFaultCount() throws -> Int {
        let rules = try JSONSerialization.jsonObject(with: process.ask(["do": "faults"]))
        return (rules as? [Any])?.count ?? 0
    }

    /// Resets the next connections at once.
    package func refuseConnections(count: Int) throws {
        try process.ask(["do": "refuse", "count": count])
    }

    /// Ends the connections that wait for a request.
    /// - Returns: how many there were.
    @discardableResult
    package func closeIdleConnections() throws -> Int {
        try JSONDecoder().decode(Int.self, from: process.ask(["do": "close-idle"]))
    }

    /// The requests since the start, or since the log was last cleared, in the order of their
    /// answers.
    package func requests(clears: Bool = false) throws -> [LoggedRequest] {
        try JSONDecoder().decode(
            [LoggedRequest].self, from: process.ask(["do": "log", "clear": clears]))
    }

    /// Makes a bucket.
    package func makeBucket(_ name: String, region: String = "") throws {
        try process.ask(["do": "bucket", "name": name, "region": region])
    }

    /// The keys of a bucket with the sizes of the objects.
    package func objects(in bucket: String? = nil, prefix: String = "") throws -> [String: Int] {
        let answer = try process.ask([
            "do": "objects", "bucket": bucket ?? self.bucket, "prefix": prefix,
        ])
        return try JSONDecoder().decode([String: Int].self, from: answer)
    }

    /// The bytes of an object.
    package func object(_ key: String, in bucket: String? = nil) throws -> [UInt8] {
        let answer = try process.ask([
            "do": "object", "bucket": bucket ?? self.bucket, "key": key,
        ])
        return [UInt8](try JSONDecoder().decode(Data.self, from: answer))
    }

    /// Puts an object there without a request.
    package func plant(_ key: String, _ bytes: [UInt8], in bucket: String? = nil) throws {
        try process.ask([
            "do": "plant", "bucket": bucket ?? self.bucket, "key": key,
            "content": Data(bytes).base64EncodedString(),
        ])
    }

    /// Removes an object without a request.
    package func remove(_ key: String, in bucket: String? = nil) throws {
        try process.ask(["do": "remove", "bucket": bucket ?? self.bucket, "key": key])
    }
}

/// A request as the stand-in has seen it.
package struct LoggedRequest: Decodable, Sendable {
    /// What requests are counted by.
    package enum Kind: String, Decodable, Sendable {
        /// PUT of an object.
        case put
        /// GET of an object.
        case get
        /// HEAD of an object.
        case head
        /// A page of a listing.
        case list
        /// DELETE of an object, or of many by POST.
        case delete
        /// Anything else.
        case other
        /// Bytes that were no request the server takes.
        case refused
    }

    /// The kind.
    package let kind: Kind
    /// The method.
    package let method: String
    /// The status of the answer; 0 when there was none.
    package let status: Int
    /// The number of the connection it came by; the first has number 1.
    package let connection: Int
    /// The code of the error in the answer.
    package let code: String?
    /// The bucket that was asked.
    package let bucket: String?
    /// The key; empty for requests about a bucket.
    package let key: String?
    /// The name in the header Host, without a port.
    package let host: String?
    /// How the bucket was named: `path`, `virtual`, `bound` or `service`.
    package let style: String?
    /// The query, decoded.
    package let query: [String: String]?
    /// The header Range.
    package let range: String?
    /// The names of the signed headers.
    package let signed: [String]?
    /// Whether the hash of the body was signed: `signed`, `unsigned` or `none` (anonymous).
    package let payload: String?
    /// The region that the request was signed for.
    package let region: String?
    /// How many keys a request to delete many has named.
    package let keys: Int?
    /// The size of the request's body in bytes.
    package let bytesIn: Int?
    /// The size of the answer in bytes, with its head.
    package let bytesOut: Int?
    /// The header `x-amz-storage-class`.
    package let storageClass: String?
    /// The header `x-amz-server-side-encryption`.
    package let encryption: String?
    /// When it came, in seconds since any fixed moment.
    package let started: Double?
    /// How long it took, in seconds.
    package let seconds: Double?
    /// The faults that met it.
    package let faults: [String]?

    private enum CodingKeys: String, CodingKey {
        case kind
        case method
        case status
        case connection
        case code
        case bucket
        case key
        case host
        case style
        case query
        case range
        case signed
        case payload
        case region
        case keys
        case bytesIn = "in"
        case bytesOut = "out"
        case storageClass
        case encryption
        case started
        case seconds
        case faults
    }
}

extension [LoggedRequest] {
    /// How many there are of a kind.
    package func count(_ kind: LoggedRequest.Kind) -> Int { count { $0.kind == kind } }

    /// The most of them that were under way at a time.
    package var mostAtOnce: Int {
        let spans = compactMap { request in
            request.started.map { (start: $0, end: $0 + (request.seconds ?? 0)) }
        }
        return spans.map { span in
            spans.count { $0.start <= span.start && span.start < $0.end }
        }.max() ?? 0
    }
}

import Foundation
import HTTPTransport
package import ObjectStore
import RequestSigning
package import S3Store
import Synchronization
import WorkerThreads

/// A bucket of a service, with all that a client or a user needs to get there.
///
/// A stand-in belongs to its place, and ends with the last of place, clients and stores; real
/// servers are shared, so that every place there has a root path of its own.
package final class S3Place: Sendable {
    /// What service it is.
    package let service: S3Service
    /// The stand-in that plays it, or that relays to it; `nil` without one.
    package let standIn: StandIn?
    /// The real server; `nil` for what is played.
    package let server: StorageServer?
    /// The endpoint.
    package let endpoint: String
    /// The region.
    package let region: String
    /// The bucket.
    package let bucket: String
    /// The access key's ID.
    package let accessKey: String
    /// The secret access key.
    package let secretKey: String
    /// The proxy that leads to the endpoint's name; `nil` where it is reached without.
    package let proxy: String?
    /// The path of the authority's certificate; `nil` without TLS.
    package let authoritiesPath: String?

    private let roots = Atomic(0)

    /// A place at a service: with a stand-in of its own, or at the server that tests share.
    package convenience init(_ service: S3Service, _ options: StandInOption...) throws {
        switch service {
        case .standIn(let personality): try self.init(StandIn(personality, options))
        case .real(let kind): self.init(try StorageServer.shared(kind))
        }
    }

    /// A place at a real server, behind a relay that counts requests.
    package convenience init(relayedBy relay: StandIn, to server: StorageServer) {
        self.init(
            .real(server.kind), relay, server, endpoint: relay.endpoint, bucket: server.bucket)
    }

    /// A place at a real server.
    package convenience init(_ server: StorageServer, bucket: String? = nil) {
        self.init(
            .real(server.kind), nil, server, endpoint: server.endpoint,
            bucket: bucket ?? server.bucket)
    }

    /// A place at a stand-in, by the name that users of the provider give.
    package convenience init(_ standIn: StandIn) {
        let service = S3Service.standIn(standIn.personality)
        self.init(
            service, standIn, nil, endpoint: service.providerEndpoint ?? standIn.endpoint,
            bucket: standIn.bucket)
    }

    private init(
        _ service: S3Service, _ standIn: StandIn?, _ server: StorageServer?, endpoint: String,
        bucket: String
    ) {
        self.service = service
        self.standIn = standIn
        self.server = server
        self.endpoint = endpoint
        self.bucket = bucket
        let isProvider = service.providerEndpoint != nil
        region = server?.region ?? standIn?.region ?? ""
        accessKey = server?.accessKey ?? standIn?.accessKey ?? ""
        secretKey = server?.secretKey ?? standIn?.secretKey ?? ""
        proxy = isProvider ? standIn?.proxy : nil
        authoritiesPath = isProvider ? standIn?.authorityPath : server?.authorityPath
    }

    /// A root path that no other test has.
    /// - Parameter name: what its last folders are called.
    package func freshRoot(_ name: String = "") -> String {
        let number = roots.add(1, ordering: .relaxed).newValue
        let own = server?.freshPrefix() ?? "root-\(number)"
        return name.isEmpty ? own : "\(own)/\(name)"
    }

    /// A client of the bucket that repeats nothing.
    package func makeClient(
        connections: Int = 8, addressing: S3Addressing? = nil,
        meter: TrafficMeter = TrafficMeter()
    ) throws -> S3Client {
        var settings = HTTPSettings()
        settings.connectionLimit = connections
        settings.authoritiesPath = authoritiesPath
        settings.proxy = proxy ?? ""
        var address = S3Settings(endpoint: endpoint, region: region, bucket: bucket)
        address.addressing = addressing
        let credentials = Credentials(
            accessKeyID: accessKey, secretAccessKey: Secret(secretKey))
        return S3Client(
            try S3Endpoint(address), sender: PlaceSender(self, try HTTPClient(settings)),
            credentials: StaticCredentials(credentials), meter: meter,
            now: { Int64(Date().timeIntervalSince1970) })
    }

    /// The store of a root path in the bucket, as the tool has it.
    package func makeStore(
        root: String, connections: Int = 8, storageClass: String? = nil,
        serverSideEncryption: String? = nil, meter: TrafficMeter = TrafficMeter()
    ) throws -> any ObjectStore {
        let client = try makeClient(connections: connections, meter: meter)
        let cancellation = Cancellation()
        let clock = RetryClock(
            now: { DispatchTime.now().uptimeNanoseconds / 1_000_000 },
            sleep: { cancellation.sleep(milliseconds: $0) }, dice: { .random(in: 0 ... .max) })
        let exchange = RetryingExchange(
            client, connections: connections, clock: clock, cancellation: cancellation)
        return S3Store(
            client, through: exchange, root: try RootPath(root), storageClass: storageClass,
            serverSideEncryption: serverSideEncryption)
    }
}

/// Keeps the place there for as long as somebody can send requests to it.
private struct PlaceSender: RequestSender {
    private let place: S3Place
    private let client: HTTPClient

    init(_ place: S3Place, _ client: HTTPClient) {
        self.place = place
        self.client = client
    }

    func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        try client.send(request)
    }
}

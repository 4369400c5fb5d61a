import FileTree
import HTTPTransport
import ObjectStore
import RemoteSettings
import RequestSigning
import S3Credentials
import S3Store
import SnapshotModel
import Synchronization
import WorkerThreads

/// A bucket with everything between it and the commands: connections, keys, repetitions, counts.
struct OpenBucket {
    /// The usual number of requests under way at a time.
    static let usualConnections = 16

    let address: BucketAddress
    /// The most requests under way at a time; a server that asks for fewer gets fewer.
    let connections: Int
    let sender: HTTPClient
    let credentials: CredentialsChain
    let client: S3Client
    let root: RootPath
    /// Repeats what fails for a passing reason.
    let store: S3Store
    /// Repeats nothing.
    let plainStore: S3Store

    /// - Parameter remembers: whether what is found out is kept for the next run.
    init(
        _ address: BucketAddress, _ options: StoreOptionGroup, _ meter: TrafficMeter,
        cacheDirectory: [UInt8], remembers: Bool
    ) throws {
        let settings = address.settings
        let endpoint = try S3Endpoint(settings)
        let root = try RootPath(settings.rootPath)
        let connections = options.connections ?? Self.usualConnections
        let cancellation = ProcessSettings.cancellation
        let sender = try Self.makeSender(address, options, connections, cancellation)
        let credentials = try Self.credentials(address, endpoint, sender)
        let known = RememberedEndpoint(of: endpoint, cacheDirectory: cacheDirectory)
        let client = S3Client(
            known.region.map(endpoint.inRegion) ?? endpoint, addressing: known.addressing,
            sender: sender, credentials: credentials, meter: meter,
            now: { Machine.now().seconds },
            didProve: { region, addressing in
                let found = RememberedEndpoint(endpoint, region: region, addressing: addressing)
                if remembers, found != known {
                    found.save(for: endpoint, cacheDirectory: cacheDirectory)
                }
            })
        let exchange = RetryingExchange(
            client, connections: connections, clock: Self.clock(cancellation),
            cancellation: cancellation)
        func store(_ exchange: any S3Exchange) -> S3Store {
            S3Store(
                client, through: exchange, root: root, storageClass: settings.storageClass,
                serverSideEncryption: settings.serverSideEncryption)
        }
        self.address = address
        self.connections = connections
        self.sender = sender
        self.credentials = credentials
        self.client = client
        self.root = root
        self.store = store(exchange)
        plainStore = store(client)
    }

    private static func makeSender(
        _ address: BucketAddress, _ options: StoreOptionGroup, _ connections: Int,
        _ cancellation: Cancellation
    ) throws -> HTTPClient {
        var settings = HTTPSettings()
        settings.connectionLimit = connections
        settings.authoritiesPath = address.authoritiesPath
        settings.userAgent = "varve/\(CommandLineTool.version)"
        settings.uploadLimitInBytesPerSecond = try StoreOptionGroup.rate(
            options.limitUpload, "--limit-upload")
        settings.downloadLimitInBytesPerSecond = try StoreOptionGroup.rate(
            options.limitDownload, "--limit-download")
        settings.cancellation = cancellation
        return try HTTPClient(settings)
    }

    private static func credentials(
        _ address: BucketAddress, _ endpoint: S3Endpoint, _ sender: HTTPClient
    ) throws -> CredentialsChain {
        let environment = ProcessEnvironment.all()
        let runner = ChildCommands(environment: environment)
        var settings = CredentialsSettings(
            environment: environment, home: environment["HOME"] ?? "/")
        // AWS's own service gives credentials for tokens, wherever the bucket is.
        settings.region =
            endpoint.provider == .aws ? endpoint.region : environment["AWS_REGION"]
        switch address.credentials {
        case .fields(let remote):
            settings.given = try RemoteKeys(remote, name: address.remote ?? "", runner).read()
        case .chain(let profile): settings.profile = profile
        }
        // Elsewhere than at AWS the machine's role is of no use, and asking takes a second.
        settings.allowsInstanceMetadata =
            endpoint.provider == .aws || environment["AWS_ROLE_ARN"] != nil
        return CredentialsChain(
            settings, sender: sender, metadataSender: LazySender(MetadataService.settings),
            runner: runner,
            clock: { Machine.now().seconds })
    }

    private static func clock(_ cancellation: Cancellation) -> RetryClock {
        let stopwatch = Stopwatch()
        return RetryClock(
            now: { stopwatch.milliseconds },
            sleep: { cancellation.sleep(milliseconds: $0) },
            dice: {
                var random = SystemRandomNumberGenerator()
                return random.next()
            })
    }
}

/// Makes its client, and with it a thread, when the first request is sent: few machines have a
/// service for that.
private final class LazySender: RequestSender {
    private let settings: HTTPSettings
    private let client = Mutex<HTTPClient?>(nil)

    init(_ settings: HTTPSettings) { self.settings = settings }

    func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        try made().send(request)
    }

    private func made() throws(HTTPError) -> HTTPClient {
        if let client = client.withLock({ $0 }) { return client }
        let made = try HTTPClient(settings)
        // Of two that were made at once, one is used; the other ends by itself.
        return client.withLock { client in
            let used = client ?? made
            client = used
            return used
        }
    }
}

import ChunkStorage
import DirectoryStore
import FileTree
import ObjectStore
import RemoteSettings
import RepositoryAccess
import S3Credentials
import S3Store
import SnapshotModel
import StoreCache

/// Finds the repository that a command is about, and opens it.
struct RepositoryLocator {
    private let address: RepositoryAddress
    private let options: StoreOptionGroup

    init(_ global: GlobalOptions) throws {
        options = global.store
        let environment = ProcessEnvironment.all()
        address = try RepositoryAddress(
            global.store.options(repository: global.repo), environment: environment,
            configuration: try Self.configuration(global.repo ?? environment["VARVE_REPO"]),
            profile: { try Self.profile($0, environment) })
    }

    /// The remotes, where one may be meant: whoever names a path or a bucket needs neither a home
    /// folder nor a configuration that can be read.
    private static func configuration(_ name: String?) throws -> RemoteConfiguration {
        if let name, !name.isEmpty, !Remote.isValid(name: name) { return RemoteConfiguration() }
        guard ProcessEnvironment.hasConfiguration else { return RemoteConfiguration() }
        return try RemoteConfiguration.load(ProcessEnvironment.configurationFile())
    }

    /// What AWS's files say of a profile, besides keys.
    private static func profile(
        _ name: String?, _ environment: [String: String]
    ) throws -> ProfileValues {
        let files = try ProfileFiles(
            environment: environment, home: environment["HOME"] ?? "/")
        var values = ProfileValues()
        guard let profile = files.profile(name ?? "default") else { return values }
        values.endpoint = profile.endpointURL
        values.region = profile.region
        values.addressing = profile.addressingStyle
        return values
    }

    /// The repository's store; nothing is asked of it yet.
    /// - Parameters:
    ///   - usesCache: whether copies on the local disk will do.
    ///   - remembers: whether what is found out about a bucket is kept for the next run.
    ///   - verifiesTables: whether all index tables are verified, whatever an earlier run has seen.
    func openStore(
        usesCache: Bool = true, remembers: Bool = true, verifiesTables: Bool = false
    ) throws -> OpenStore {
        func open(_ path: [UInt8]) -> OpenStore {
            let isMemoryUsed = usesCache && remembers && !verifiesTables
            return OpenStore(directory: path, tables: isMemoryUsed ? Self.tables(of: path) : nil)
        }
        switch address {
        case .directory(let name): return open(RawArguments.absolutePath(name))
        case .embedded: return open(try Self.embeddedDirectory())
        case .bucket(let bucket):
            let meter = TrafficMeter()
            let cache = try ProcessEnvironment.cacheDirectory()
            return try OpenStore(
                bucket: try OpenBucket(
                    bucket, options, meter, cacheDirectory: cache, remembers: remembers),
                meter, cacheDirectory: cache, usesCache: usesCache)
        }
    }

    /// The local directories that the repository itself lies in.
    func ownDirectories() throws -> [[UInt8]] {
        switch address {
        case .directory(let name): [RawArguments.absolutePath(name)]
        case .embedded: [try Self.embeddedDirectory()]
        case .bucket: []
        }
    }

    private static func tables(of directory: [UInt8]) -> TableMemory? {
        // Who has no folder for caches does without.
        guard let cache = try? ProcessEnvironment.cacheDirectory() else { return nil }
        return TableMemory(
            cacheDirectory: cache, place: String(decoding: directory, as: UTF8.self),
            now: { Machine.now().seconds })
    }

    private static func embeddedDirectory() throws -> [UInt8] {
        try ProcessEnvironment.dataDirectory() + Array("/repository".utf8)
    }

    /// Opens the repository.
    func open(usesCache: Bool = true, verifiesTables: Bool = false) throws -> OpenRepository {
        try open(in: try openStore(usesCache: usesCache, verifiesTables: verifiesTables))
    }

    /// Opens the repository in its store, which is open already.
    func open(in store: OpenStore) throws -> OpenRepository {
        do {
            return OpenRepository(repository: try Repository.open(in: store.objects), store: store)
        } catch let error as RepositoryError where error.code == .noRepository {
            throw explain(error)
        }
    }

    /// Finds out which repository it is, and writes nothing anywhere.
    /// - Returns: `nil` when it is the embedded one and was not made yet; what was asked.
    func identify() throws -> (RepositoryID?, StoreTraffic) {
        let store = try openStore(usesCache: false, remembers: false)
        do {
            let id = try Repository.open(in: store.objects).description.id
            return (id, store.meter.traffic)
        } catch let error as RepositoryError where error.code == .noRepository {
            guard address == .embedded else { throw explain(error) }
            return (nil, store.meter.traffic)
        }
    }

    /// Opens the repository; the embedded one is made when it is missing.
    func openOrMakeEmbedded(_ console: Console) throws -> OpenRepository {
        let store = try openStore()
        do {
            return OpenRepository(repository: try Repository.open(in: store.objects), store: store)
        } catch let error as RepositoryError where error.code == .noRepository {
            guard address == .embedded else { throw explain(error) }
            let repository = try Repository.create(in: store.objects, Self.newDescription())
            console.notice("created an unencrypted repository in \(store.objects.location)")
            return OpenRepository(repository: repository, store: store)
        }
    }

    /// Makes the repository.
    func make(_ description: RepositoryDescription, in store: OpenStore) throws {
        do {
            _ = try Repository.create(in: store.objects, description)
        } catch let error as RepositoryError where error.code == .exists {
            // Only here is it known how the user names the place.
            throw RepositoryError(
                .exists, error.message, cause: error.cause, remedy: command("list"))
        }
    }

    /// The command that makes the missing repository.
    private func explain(_ error: RepositoryError) -> RepositoryError {
        let isEmbedded = address == .embedded
        return RepositoryError(
            .noRepository, error.message,
            cause: isEmbedded ? "no snapshot was made yet" : error.cause,
            remedy: isEmbedded ? "varve snapshot PATH" : command("init"))
    }

    /// A command about this repository, as the user would type it.
    private func command(_ verb: String) -> String {
        switch address {
        case .bucket(let bucket):
            "varve \(verb) --repo "
                + (bucket.remote
                    ?? "s3://\(bucket.settings.bucket)/\(bucket.settings.rootPath)")
        case .directory(let name): "varve \(verb) --repo \(name)"
        case .embedded: "varve \(verb)"
        }
    }

    /// The description of a new repository.
    static func newDescription(averageChunkInBytes: Int? = nil) -> RepositoryDescription {
        var random = SystemRandomNumberGenerator()
        let chunking =
            averageChunkInBytes.map(ChunkingParameters.init(averageInBytes:))
            ?? ChunkingParameters()
        return RepositoryDescription(
            id: RepositoryID(using: &random), created: Machine.now(), chunking: chunking)
    }
}

import ChunkStorage
import DirectoryStore
import FileTree
import ObjectStore
import RepositoryAccess
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Finds the repository that a command is about, and the local folders.
struct RepositoryLocator {
    /// The repository's directory, absolute.
    let path: [UInt8]
    /// Whether nobody has named a repository, so that it is the one under the home folder.
    let isDefault: Bool

    init(_ options: GlobalOptions) throws {
        if let name = options.repo ?? Self.variable("VARVE_REPO") {
            guard !name.isEmpty else { throw Failure(usage: "the repository's name is empty") }
            guard !name.hasPrefix("s3:") else {
                throw Failure(
                    usage: "this version of varve cannot use S3 repositories: \(name)",
                    remedy: "name a directory: --repo DIRECTORY")
            }
            path = AbsolutePath.make(RawArguments.bytes(of: name), in: Machine.currentDirectory())
            isDefault = false
        } else {
            path = try Self.userFolder("XDG_DATA_HOME", ".local/share") + Array("/repository".utf8)
            isDefault = true
        }
    }

    /// The directory for caches, absolute.
    static func cacheDirectory() throws -> [UInt8] {
        if let path = variable("VARVE_CACHE_DIR"), !path.isEmpty {
            return AbsolutePath.make(Array(path.utf8), in: Machine.currentDirectory())
        }
        return try userFolder("XDG_CACHE_HOME", ".cache")
    }

    /// The repository's store.
    func openStore() -> DirectoryStore { DirectoryStore(path: path) }

    /// Opens the repository.
    func open() throws -> (repository: Repository, meter: TrafficMeter) {
        let meter = TrafficMeter()
        do {
            return (try Repository.open(in: MeteredStore(openStore(), meter)), meter)
        } catch let error as RepositoryError where error.code == .noRepository && isDefault {
            throw RepositoryError(
                .noRepository, error.message, cause: "no snapshot was made yet",
                remedy: "varve snapshot PATH")
        }
    }

    /// Opens the repository; the default one is made when it is missing.
    func openOrMakeDefault(_ console: Console) throws -> (Repository, DirectoryStore, TrafficMeter)
    {
        let (store, meter) = (openStore(), TrafficMeter())
        let metered = MeteredStore(store, meter)
        do {
            return (try Repository.open(in: metered), store, meter)
        } catch let error as RepositoryError where error.code == .noRepository && isDefault {
            let repository = try Repository.create(in: metered, Self.newDescription())
            console.notice("created an unencrypted repository in \(store.location)")
            return (repository, store, meter)
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

    private static func userFolder(_ name: String, _ usual: String) throws -> [UInt8] {
        if let folder = variable(name), folder.hasPrefix("/") {
            return Array("\(folder)/varve".utf8)
        }
        guard let home = variable("HOME"), home.hasPrefix("/") else {
            throw Failure(
                usage: "neither \(name) nor HOME is set to an absolute path",
                remedy: "name a directory with --repo, and set VARVE_CACHE_DIR")
        }
        return Array("\(home)/\(usual)/varve".utf8)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

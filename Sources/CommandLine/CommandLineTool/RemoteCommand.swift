internal import ArgumentParser
import HTTPTransport
import RemoteSettings
import RepositoryFormat
import RequestSigning
import S3Store

struct RemoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote", abstract: "Give names to buckets with their settings.",
        discussion: """
            A remote's name stands for its repository wherever --repo or VARVE_REPO is read. \
            Settings are kept in the configuration file, which only you can read.
            """,
        subcommands: [
            RemoteAddCommand.self, RemoteListCommand.self, RemoteShowCommand.self,
            RemoteRemoveCommand.self, RemoteDefaultCommand.self, RemoteExportCommand.self,
            RemoteImportCommand.self,
        ])
}

/// The configuration file, as the subcommands use it.
struct RemoteBook {
    let path: [UInt8]
    var configuration: RemoteConfiguration

    init() throws {
        path = try ProcessEnvironment.configurationFile()
        configuration = try RemoteConfiguration.load(path)
    }

    func remote(_ name: String) throws -> Remote {
        guard let remote = configuration.remotes[name] else {
            throw Failure(
                usage: "there is no remote \"\(name)\"", remedy: "varve remote list")
        }
        return remote
    }

    func save() throws { try configuration.save(path) }

    /// The outcome of each of the subcommands.
    func summarise(_ console: Console) {
        console.event("summary") { writer in
            writer.key("remotes")
            writer.number(UInt64(configuration.remotes.count))
            writer.key("default")
            writer.string(configuration.defaultRemote ?? "")
        }
    }

    static func check(name: String) throws {
        guard Remote.isValid(name: name) else {
            throw Failure(
                usage: "\"\(name)\" is no name for a remote",
                remedy: "use letters, digits, \".\", \"_\" and \"-\"")
        }
    }
}

struct RemoteAddCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a remote, or with --replace change all settings of one.",
        discussion: """
            The six fields are --endpoint, --region, --bucket, --access-key-id, \
            --secret-access-key and --root-path. Without keys they come from AWS's variables, \
            files and roles. On a terminal the secret is asked for when it is not given; "-" \
            reads it from standard input. --connections and the limits of the rate are not kept.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The remote's name.")
    var name: String

    @Option(help: "aws, r2, oss, cos, minio, or another provider's word; seen by the endpoint.")
    var provider: String?

    @Option(help: "The bucket.")
    var bucket: String

    @OptionGroup var keys: KeyOptions

    @Option(help: "The folder within the bucket; the top when it is not given.")
    var rootPath: String?

    @Flag(help: "Make it the repository that is meant where none is named.")
    var `default` = false

    @Flag(help: "Replace a remote of that name.")
    var replace = false

    mutating func run(_ console: Console) throws -> ExitCode {
        try RemoteBook.check(name: name)
        var book = try RemoteBook()
        guard replace || book.configuration.remotes[name] == nil else {
            throw Failure(
                usage: "there is a remote \"\(name)\" already",
                remedy: "varve remote add \(name) --replace ..., or varve remote remove \(name)")
        }
        let remote = try makeRemote()
        book.configuration.remotes[name] = remote
        if self.default { book.configuration.defaultRemote = name }
        for notice in try Self.check(remote, name) { console.notice(notice) }
        try book.save()
        console.line("added the remote \(name)")
        RemoteShowCommand.event(name, remote, book.configuration, console)
        book.summarise(console)
        return .done
    }

    private func makeRemote() throws -> Remote {
        var remote = Remote(bucket: bucket)
        remote.provider = provider
        remote.endpoint = global.store.endpoint
        remote.region = global.store.region
        remote.rootPath = rootPath
        remote.profile = global.store.profile
        remote.addressing = global.store.addressing
        remote.storageClass = global.store.storageClass
        remote.serverSideEncryption = global.store.serverSideEncryption
        remote.authoritiesPath = global.store.caFile.map(Self.absolute)
        try keys.apply(to: &remote)
        return remote
    }

    private static func absolute(_ path: String) -> String {
        String(decoding: RawArguments.absolutePath(path), as: UTF8.self)
    }

    /// Finds what cannot be right before it is written down.
    static func check(_ remote: Remote, _ name: String) throws -> [String] {
        var configuration = RemoteConfiguration()
        configuration.remotes[name] = remote
        var options = StoreOptions()
        options.repository = name
        let address = try RepositoryAddress(
            options, environment: [:], configuration: configuration,
            profile: { _ in ProfileValues() })
        guard case .bucket(let bucket) = address else { return [] }
        _ = try RootPath(bucket.settings.rootPath)
        let endpoint = try S3Endpoint(bucket.settings)
        let isHere =
            endpoint.serviceHost == "localhost" || endpoint.serviceHost == "[::1]"
            || endpoint.serviceHost.hasPrefix("127.")
        guard endpoint.scheme == .http, !isHere else { return endpoint.notices }
        return endpoint.notices + ["with http:// everybody on the way can read what is sent"]
    }
}

struct RemoteListCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the remotes.")

    @OptionGroup var global: GlobalOptions

    mutating func run(_ console: Console) throws -> ExitCode {
        let book = try RemoteBook()
        for (name, remote) in book.configuration.remotes.sorted(by: { $0.key < $1.key }) {
            let root = remote.rootPath.flatMap { $0.isEmpty ? nil : "/\($0)" } ?? ""
            let mark = name == book.configuration.defaultRemote ? "  (default)" : ""
            let host = remote.endpoint.map { "  \($0)" } ?? ""
            console.line("\(name)  s3://\(remote.bucket)\(root)\(host)\(mark)")
            RemoteShowCommand.event(name, remote, book.configuration, console)
        }
        book.summarise(console)
        return .done
    }
}

struct RemoteShowCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a remote's settings, its secrets as ****.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The remote's name.")
    var name: String

    mutating func run(_ console: Console) throws -> ExitCode {
        let book = try RemoteBook()
        let remote = try book.remote(name)
        for row in Self.rows(remote) { console.line("\(row.title): \(row.value)") }
        Self.event(name, remote, book.configuration, console)
        book.summarise(console)
        return .done
    }

    private typealias Row = (title: String, key: StaticString, value: String)

    private static func rows(_ remote: Remote) -> [Row] {
        let secret: String? =
            switch remote.secret {
            case .value(let value): "\(value)"
            case .file(let path): "**** (in \(path))"
            case .command(let line): "**** (printed by \(line))"
            case nil: nil
            }
        let rows: [(String, StaticString, String?)] = [
            ("Provider", "provider", remote.provider),
            ("Endpoint", "endpoint", remote.endpoint),
            ("Region", "region", remote.region),
            ("Bucket", "bucket", remote.bucket),
            ("Access Key ID", "accessKeyID", remote.accessKeyID),
            ("Secret Access Key", "secretAccessKey", secret),
            ("Session Token", "sessionToken", remote.sessionToken.map { "\($0)" }),
            ("Root Path", "rootPath", remote.rootPath),
            ("Profile", "profile", remote.profile),
            ("Addressing", "addressing", remote.addressing),
            ("Storage Class", "storageClass", remote.storageClass),
            ("Server-side Encryption", "serverSideEncryption", remote.serverSideEncryption),
            ("CA file", "caFile", remote.authoritiesPath),
        ]
        return rows.compactMap { title, key, value in value.map { (title, key, $0) } }
    }

    static func event(
        _ name: String, _ remote: Remote, _ configuration: RemoteConfiguration, _ console: Console
    ) {
        console.event("remote") { writer in
            writer.key("name")
            writer.string(name)
            for row in rows(remote) {
                writer.key(row.key)
                writer.string(row.value)
            }
            writer.key("default")
            writer.boolean(configuration.defaultRemote == name)
        }
    }
}

struct RemoteRemoveCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a remote's settings; the bucket stays as it is.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The remote's name.")
    var name: String

    mutating func run(_ console: Console) throws -> ExitCode {
        var book = try RemoteBook()
        _ = try book.remote(name)
        book.configuration.remotes[name] = nil
        if book.configuration.defaultRemote == name { book.configuration.defaultRemote = nil }
        try book.save()
        console.line("removed the remote \(name); its bucket is as it was")
        book.summarise(console)
        return .done
    }
}

struct RemoteDefaultCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "default",
        abstract: "Show or choose the remote that is meant where none is named.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The remote's name; without it the present one is shown.")
    var name: String?

    @Flag(help: "Have no default remote: the local repository is meant.")
    var none = false

    mutating func run(_ console: Console) throws -> ExitCode {
        var book = try RemoteBook()
        if name != nil || none {
            guard name == nil || !none else {
                throw Failure(usage: "a name and --none contradict each other")
            }
            if let name { _ = try book.remote(name) }
            book.configuration.defaultRemote = name
            try book.save()
        }
        let current = book.configuration.defaultRemote
        console.line(current ?? "no default remote: the local repository is meant")
        book.summarise(console)
        return .done
    }
}

// Which repository a run is about, and with which settings: options before the remote, the remote
// before the environment, the environment before AWS's profile files (Specs/cli.md). Pure: what the
// process knows comes in.

package import S3Store

/// What the command line says about the store.
package struct StoreOptions: Hashable, Sendable {
    /// `--repo`: a directory, `s3://BUCKET/ROOT`, or a remote's name.
    package var repository: String?
    /// `--endpoint`
    package var endpoint: String?
    /// `--region`
    package var region: String?
    /// `--addressing`: `auto`, `path`, `virtual` or `bound`.
    package var addressing: String?
    /// `--profile`
    package var profile: String?
    /// `--ca-file`
    package var authoritiesPath: String?
    /// `--storage-class`
    package var storageClass: String?
    /// `--server-side-encryption`
    package var serverSideEncryption: String?

    /// No options.
    package init() {}
}

/// What AWS's profile files say of the store, besides keys.
package struct ProfileValues: Hashable, Sendable {
    /// `endpoint_url`
    package var endpoint: String?
    /// `region`
    package var region: String?
    /// `addressing_style`
    package var addressing: String?

    /// Nothing.
    package init() {}
}

/// Where the keys come from.
package enum CredentialsChoice: Hashable, Sendable {
    /// From the remote's own fields.
    case fields(Remote)
    /// From AWS's chain: environment, files, processes, the machine's role.
    /// - `profile`: named by the user, so that it comes before the environment.
    case chain(profile: String?)
}

/// A bucket to be used.
package struct BucketAddress: Hashable, Sendable {
    /// The remote's name; `nil` for an `s3://` address.
    package let remote: String?
    /// The settings.
    package let settings: S3Settings
    /// Where the keys come from.
    package let credentials: CredentialsChoice
    /// A file of certificate authorities.
    package let authoritiesPath: String?
}

/// An address or an option that cannot be right.
package struct AddressError: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    package let description: String
    /// What to write instead.
    package let remedy: String
}

/// The repository that a run is about.
package enum RepositoryAddress: Hashable, Sendable {
    /// A directory, as the user wrote it.
    case directory(String)
    /// A bucket.
    case bucket(BucketAddress)
    /// The local one that nobody needs to name.
    case embedded

    /// Finds the repository.
    /// - Parameters:
    ///   - environment: the process's variables; empty ones count as not set.
    ///   - profile: what the files say of the profile of that name, or of the usual one.
    package init(
        _ options: StoreOptions, environment: [String: String],
        configuration: RemoteConfiguration, profile: @escaping (String?) throws -> ProfileValues
    ) throws {
        let variables = environment.filter { !$0.value.isEmpty }
        let name = options.repository ?? variables["VARVE_REPO"] ?? configuration.defaultRemote
        guard let name else {
            self = .embedded
            return
        }
        guard !name.isEmpty else {
            throw AddressError(
                description: "the repository's name is empty", remedy: "varve help")
        }
        let resolver = BucketResolver(options: options, variables: variables, profile: profile)
        if name.hasPrefix("s3:") {
            self = .bucket(try resolver.resolve(url: name))
        } else if let remote = configuration.remotes[name] {
            self = .bucket(try resolver.resolve(remote, name))
        } else if name == configuration.defaultRemote, options.repository == nil {
            throw AddressError(
                description: "the default remote \"\(name)\" is not configured",
                remedy: "varve remote default NAME, or varve remote add \(name)")
        } else {
            self = .directory(name)
        }
    }
}

/// Puts a bucket's settings together.
private struct BucketResolver {
    let options: StoreOptions
    let variables: [String: String]
    let profile: (String?) throws -> ProfileValues

    func resolve(url: String) throws -> BucketAddress {
        let prefix = "s3://"
        let rest = url.dropFirst(prefix.count)
        guard url.hasPrefix(prefix), let first = rest.first, first != "/" else {
            throw AddressError(
                description: "\"\(url)\" is no address of a bucket",
                remedy: "write s3://BUCKET or s3://BUCKET/ROOT, and the host as --endpoint")
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var remote = Remote(bucket: String(parts[0]))
        if parts.count > 1 { remote.rootPath = String(parts[1]) }
        return try resolve(remote, nil)
    }

    func resolve(_ remote: Remote, _ name: String?) throws -> BucketAddress {
        let chosenProfile = options.profile ?? remote.profile
        let hasKeys = remote.accessKeyID != nil || remote.secret != nil
        let usesKeys = hasKeys && options.profile == nil
        // Who gives all fields does not depend on other tools' files.
        let values =
            usesKeys
            ? ProfileValues()
            : try profile(
                chosenProfile ?? variables["AWS_PROFILE"] ?? variables["AWS_DEFAULT_PROFILE"])
        let ownEndpoint = options.endpoint ?? Self.filled(remote.endpoint)
        let ownRegion = options.region ?? Self.filled(remote.region)
        let endpoint =
            ownEndpoint ?? variables["AWS_ENDPOINT_URL_S3"] ?? variables["AWS_ENDPOINT_URL"]
            ?? values.endpoint
        // A region that stands in the endpoint's name is nearer to the bucket than one that the
        // environment holds for everything.
        let general =
            variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? values.region
        let inferred = endpoint.flatMap { S3Endpoint.region(in: $0, bucket: remote.bucket) }
        var settings = S3Settings(
            endpoint: endpoint ?? "",
            region: ownRegion ?? inferred ?? general ?? "",
            bucket: remote.bucket, rootPath: remote.rootPath ?? "")
        settings.provider = try remote.provider.map(Self.provider)
        settings.addressing = try Self.addressing(
            options.addressing ?? remote.addressing ?? Self.known(values.addressing))
        settings.storageClass = options.storageClass ?? remote.storageClass
        settings.serverSideEncryption =
            options.serverSideEncryption ?? remote.serverSideEncryption
        return BucketAddress(
            remote: name, settings: settings,
            credentials: usesKeys ? .fields(remote) : .chain(profile: chosenProfile),
            authoritiesPath: options.authoritiesPath ?? remote.authoritiesPath
                ?? variables["AWS_CA_BUNDLE"])
    }

    private static func filled(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func provider(_ word: String) throws -> S3Provider {
        guard let provider = S3Provider(name: word) else {
            let names = S3Provider.all.map(\.name).joined(separator: ", ")
            throw AddressError(
                description: "\"\(word)\" is no provider's name", remedy: "one of: \(names)")
        }
        return provider
    }

    private static func addressing(_ word: String?) throws -> S3Addressing? {
        guard let word, word != "auto" else { return nil }
        guard let addressing = S3Addressing(rawValue: word) else {
            throw AddressError(
                description: "\"\(word)\" is no way of addressing",
                remedy: "--addressing auto, path, virtual or bound")
        }
        return addressing
    }

    /// AWS's files know `auto` and words of other tools too.
    private static func known(_ word: String?) -> String? {
        word.flatMap(S3Addressing.init(rawValue:))?.rawValue
    }
}

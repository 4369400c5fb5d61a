package import RequestSigning

/// A bucket's settings under a name: the six fields that every provider shows, and options.
///
/// Fields that are not set are taken from the environment and from AWS's profile files.
package struct Remote: Hashable, Sendable {
    /// The provider's word, such as `r2`; `nil` to see by the endpoint.
    package var provider: String?
    /// The endpoint.
    package var endpoint: String?
    /// The region.
    package var region: String?
    /// The bucket.
    package var bucket: String
    /// The folder within the bucket.
    package var rootPath: String?
    /// The access key's ID.
    package var accessKeyID: String?
    /// The secret access key itself, or where it comes from.
    package var secret: SecretSource?
    /// The session token of temporary keys.
    package var sessionToken: Secret?
    /// The profile of AWS's files to take keys from.
    package var profile: String?
    /// `path`, `virtual` or `bound`; `nil` to find out.
    package var addressing: String?
    /// The storage class of packs.
    package var storageClass: String?
    /// What `x-amz-server-side-encryption` says.
    package var serverSideEncryption: String?
    /// A file of certificate authorities.
    package var authoritiesPath: String?

    /// A remote with a bucket alone.
    package init(bucket: String) { self.bucket = bucket }

    /// Whether a name can be a remote's: letters, digits, `.`, `_` and `-`, no path and no URL.
    package static func isValid(name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-")
        else { return false }
        return name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Where a secret access key is.
package enum SecretSource: Hashable, Sendable {
    /// Here.
    case value(Secret)
    /// The first line of a file.
    case file(path: String)
    /// The first line that a command prints; run without a shell.
    case command(String)
}

extension Remote: Codable {
    private enum CodingKeys: String, CodingKey {
        case provider, endpoint, region, bucket, rootPath, accessKeyID, secretAccessKey
        case secretAccessKeyFile, secretAccessKeyCommand, sessionToken, profile, addressing
        case storageClass, serverSideEncryption, caFile
    }

    /// Reads a remote; unknown members are passed over.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String? {
            try values.decodeIfPresent(String.self, forKey: key)
        }
        self.init(bucket: try values.decode(String.self, forKey: .bucket))
        provider = try text(.provider)
        endpoint = try text(.endpoint)
        region = try text(.region)
        rootPath = try text(.rootPath)
        accessKeyID = try text(.accessKeyID)
        sessionToken = try text(.sessionToken).map(Secret.init)
        profile = try text(.profile)
        addressing = try text(.addressing)
        storageClass = try text(.storageClass)
        serverSideEncryption = try text(.serverSideEncryption)
        authoritiesPath = try text(.caFile)
        if let value = try text(.secretAccessKey) {
            secret = .value(Secret(value))
        } else if let path = try text(.secretAccessKeyFile) {
            secret = .file(path: path)
        } else if let command = try text(.secretAccessKeyCommand) {
            secret = .command(command)
        }
    }

    /// Writes a remote with its secrets, for the configuration only.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(provider, forKey: .provider)
        try values.encodeIfPresent(endpoint, forKey: .endpoint)
        try values.encodeIfPresent(region, forKey: .region)
        try values.encode(bucket, forKey: .bucket)
        try values.encodeIfPresent(rootPath, forKey: .rootPath)
        try values.encodeIfPresent(accessKeyID, forKey: .accessKeyID)
        switch secret {
        case .value(let value): try values.encode(value.revealed, forKey: .secretAccessKey)
        case .file(let path): try values.encode(path, forKey: .secretAccessKeyFile)
        case .command(let line): try values.encode(line, forKey: .secretAccessKeyCommand)
        case nil: break
        }
        try values.encodeIfPresent(sessionToken?.revealed, forKey: .sessionToken)
        try values.encodeIfPresent(profile, forKey: .profile)
        try values.encodeIfPresent(addressing, forKey: .addressing)
        try values.encodeIfPresent(storageClass, forKey: .storageClass)
        try values.encodeIfPresent(serverSideEncryption, forKey: .serverSideEncryption)
        try values.encodeIfPresent(authoritiesPath, forKey: .caFile)
    }
}

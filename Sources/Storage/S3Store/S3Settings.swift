/// The settings of a bucket, as a user gives them; credentials come apart.
package struct S3Settings: Hashable, Sendable {
    /// The host of the service, with or without a scheme; empty for AWS's own by region.
    package var endpoint: String
    /// The region; empty to take the one in the endpoint's name, or the provider's usual one.
    package var region: String
    /// The bucket.
    package var bucket: String
    /// The folder within the bucket; empty for the top.
    package var rootPath: String
    /// Who runs the store; `nil` to see by the endpoint's name.
    package var provider: S3Provider?
    /// Where the bucket's name stands; `nil` to find out.
    package var addressing: S3Addressing?
    /// The storage class of packs, such as `STANDARD_IA`; everything else stays in the usual one,
    /// because it is read often.
    package var storageClass: String?
    /// What `x-amz-server-side-encryption` says with each PUT, such as `AES256`.
    package var serverSideEncryption: String?

    /// Settings without options.
    package init(endpoint: String, region: String = "", bucket: String, rootPath: String = "") {
        self.endpoint = endpoint
        self.region = region
        self.bucket = bucket
        self.rootPath = rootPath
    }
}

/// Settings that cannot be right, found before anything is sent.
package struct S3SettingsError: Error, Hashable, CustomStringConvertible {
    /// Which setting: `endpoint`, `region`, `bucket`, `root path`, ...
    package let setting: String
    /// What is wrong with it.
    package let cause: String
    /// What to give instead.
    package let remedy: String

    /// An error.
    package init(_ setting: String, _ cause: String, remedy: String) {
        self.setting = setting
        self.cause = cause
        self.remedy = remedy
    }

    package var description: String { "the \(setting) is wrong: \(cause)" }
}

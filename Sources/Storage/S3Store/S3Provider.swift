/// Who runs a store, as far as it changes what is sent.
///
/// Facts and their sources are in Specs/s3-providers.md.
package struct S3Provider: Hashable, Sendable {
    /// The word for it in settings.
    package let name: String
    /// Its name for people.
    package let title: String
    /// Where it takes the bucket's name.
    let addressing: S3Addressing
    /// The region to sign with where none is known.
    let usualRegion: String
    /// How it is asked to write an object only where there is none.
    package let createOnlyHeader: (name: String, value: String)?
    /// Whether a bucket that the public can read does not show in any request.
    package let hidesPublicAccess: Bool

    private init(
        _ name: String, _ title: String, _ addressing: S3Addressing = .path,
        region: String = "us-east-1",
        createOnly: (name: String, value: String)? = ("if-none-match", "*"),
        hidesPublicAccess: Bool = false
    ) {
        self.name = name
        self.title = title
        self.addressing = addressing
        usualRegion = region
        createOnlyHeader = createOnly
        self.hidesPublicAccess = hidesPublicAccess
    }

    /// Amazon, every region and partition.
    package static let aws = S3Provider("aws", "AWS S3", .virtual)
    /// Cloudflare: the region is `auto`, and whether the public can read shows nowhere.
    package static let r2 = S3Provider(
        "r2", "Cloudflare R2", region: "auto", hidesPublicAccess: true)
    /// Alibaba: the bucket stands in the host, or is refused.
    package static let oss = S3Provider(
        "oss", "Alibaba Cloud OSS", .virtual, createOnly: ("x-oss-forbid-overwrite", "true"))
    /// Tencent: as OSS; names of buckets end in the APPID.
    package static let cos = S3Provider(
        "cos", "Tencent Cloud COS", .virtual, createOnly: ("x-cos-forbid-overwrite", "true"))
    /// MinIO, and what is made of it.
    package static let minio = S3Provider("minio", "MinIO")
    /// Backblaze: no conditional writes.
    package static let b2 = S3Provider("b2", "Backblaze B2", createOnly: nil)
    /// Wasabi.
    package static let wasabi = S3Provider("wasabi", "Wasabi")
    /// Google, by its interoperable interface: conditions by generation.
    package static let gcs = S3Provider(
        "gcs", "Google Cloud Storage", region: "auto",
        createOnly: ("x-goog-if-generation-match", "0"))
    /// DigitalOcean.
    package static let digitalOcean = S3Provider("digitalocean", "DigitalOcean Spaces")
    /// Huawei.
    package static let obs = S3Provider("obs", "Huawei Cloud OBS", .virtual)
    /// Qiniu.
    package static let qiniu = S3Provider("qiniu", "Qiniu Kodo")
    /// Volcengine.
    package static let tos = S3Provider("tos", "Volcengine TOS", .virtual)
    /// Ceph's gateway.
    package static let ceph = S3Provider("ceph", "Ceph RADOS Gateway")
    /// SeaweedFS.
    package static let seaweedFS = S3Provider("seaweedfs", "SeaweedFS")
    /// Garage: its region must be the one in its configuration.
    package static let garage = S3Provider("garage", "Garage", region: "garage")
    /// Anybody else.
    package static let other = S3Provider("other", "S3-compatible store")

    /// All providers, those that are tested first.
    package static let all: [S3Provider] = [
        aws, r2, oss, cos, minio, b2, wasabi, gcs, digitalOcean, obs, qiniu, tos, ceph, seaweedFS,
        garage, other,
    ]

    /// The provider that a setting names; `nil` for an unknown word.
    package init?(name: String) {
        guard let known = Self.all.first(where: { $0.name == name.lowercased() }) else {
            return nil
        }
        self = known
    }

    package static func == (left: Self, right: Self) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Where the bucket's name stands.
package enum S3Addressing: String, Hashable, Sendable, CaseIterable {
    /// In the path: `https://HOST/BUCKET/KEY`.
    case path
    /// In the host: `https://BUCKET.HOST/KEY`.
    case virtual
    /// Nowhere: the host is the bucket's own, `https://HOST/KEY`.
    case bound
}

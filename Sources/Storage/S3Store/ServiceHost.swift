// Host names of known services. Everything here is text in, facts out.

/// What the name of a service's host tells.
struct ServiceHost: Equatable {
    let provider: S3Provider
    /// The region in the name; `nil` where the name has none.
    var region: String?
    /// Whether this host takes the bucket in its name only.
    var isVirtualOnly = false
    /// Whether this host takes the bucket in the path only.
    var isPathOnly = false

    /// Recognises the host of a service, without a bucket in it; `nil` for an unknown one.
    static func recognise(_ host: String) -> ServiceHost? {
        for rule in [
            aws, r2, oss, cos, backblaze, wasabi, google, digitalOcean, huawei, qiniu, volcengine,
        ] {
            guard let found = rule(host) else { continue }
            // A name such as `oss-.aliyuncs.com` is nobody's.
            return found.region.map(S3Region.isValid) ?? true ? found : nil
        }
        return nil
    }

    /// AWS hosts that speak other dialects than S3's own.
    static func isUnsupportedAWS(_ host: String) -> Bool {
        host.contains(".amazonaws.com")
            && [
                "s3express", "s3-outposts", "s3-accesspoint", "s3-object-lambda", "s3-control",
                "s3-website",
            ].contains { mark in host.split(separator: ".").contains { $0.hasPrefix(mark) } }
    }

    /// The part of an AWS host before its suffix.
    static func awsLabels(_ host: String) -> [String]? {
        for suffix in [".amazonaws.com.cn", ".amazonaws.com"] where host.hasSuffix(suffix) {
            return host.dropLast(suffix.count).split(separator: ".").map(String.init)
        }
        return nil
    }

    /// Whether a text looks like the name of an AWS region: `eu-central-1`, `us-gov-west-1`.
    static func isAWSRegion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, let number = parts.last, Int(number) != nil else { return false }
        return parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isLetter) }
    }

    private static func aws(_ host: String) -> ServiceHost? {
        guard var labels = awsLabels(host) else { return nil }
        if labels.first == "bucket", labels.count > 1, labels[1].hasPrefix("vpce-") {
            // PrivateLink: "bucket" is a literal part of the service's name.
            guard labels.count == 5, labels[2] == "s3", labels[4] == "vpce" else { return nil }
            return ServiceHost(provider: .aws, region: labels[3], isPathOnly: true)
        }
        guard let first = labels.first, !isUnsupportedAWS(host) else { return nil }
        labels.removeFirst()
        if first == "s3-accelerate" {
            return ["", "dualstack"].contains(labels.joined())
                ? ServiceHost(provider: .aws, isVirtualOnly: true) : nil
        }
        if ["s3", "s3-fips"].contains(first) {
            if labels.first == "dualstack" { labels.removeFirst() }
            if labels.isEmpty {
                // China has no host for all of its regions.
                if host.hasSuffix(".cn") { return nil }
                return ServiceHost(provider: .aws, region: "us-east-1")
            }
            return labels.count == 1 ? ServiceHost(provider: .aws, region: labels[0]) : nil
        }
        // The old form, with the region in the same label.
        if first == "s3-external-1" { return ServiceHost(provider: .aws, region: "us-east-1") }
        guard labels.isEmpty,
            let mark = ["s3-fips-", "s3-"].first(where: { first.hasPrefix($0) })
        else { return nil }
        let region = String(first.dropFirst(mark.count))
        return isAWSRegion(region) ? ServiceHost(provider: .aws, region: region) : nil
    }

    private static func r2(_ host: String) -> ServiceHost? {
        guard let labels = labels(host, before: ".r2.cloudflarestorage.com") else { return nil }
        let account = labels[0]
        guard account.count == 32, account.allSatisfy(\.isHexDigit),
            labels.count == 1 || (labels.count == 2 && ["eu", "fedramp"].contains(labels[1]))
        else { return nil }
        return ServiceHost(provider: .r2, region: "auto")
    }

    private static func oss(_ host: String) -> ServiceHost? {
        guard var labels = labels(host, before: ".aliyuncs.com") else { return nil }
        if labels.count == 2, labels[0] == "s3" { labels.removeFirst() }
        guard labels.count == 1, labels[0].hasPrefix("oss-") else { return nil }
        if labels[0].hasPrefix("oss-accelerate") {
            return ServiceHost(provider: .oss, isVirtualOnly: true)
        }
        var region = labels[0].dropFirst("oss-".count)
        if region.hasSuffix("-internal") { region.removeLast("-internal".count) }
        return ServiceHost(provider: .oss, region: String(region), isVirtualOnly: true)
    }

    private static func cos(_ host: String) -> ServiceHost? {
        for suffix in [".myqcloud.com", ".tencentcos.cn", ".tencentcos.com"] {
            guard let labels = labels(host, before: suffix) else { continue }
            guard labels.count == 2, ["cos", "cos-internal"].contains(labels[0]) else {
                return nil
            }
            let region = labels[1] == "accelerate" ? nil : labels[1]
            return ServiceHost(provider: .cos, region: region, isVirtualOnly: true)
        }
        return nil
    }

    private static func backblaze(_ host: String) -> ServiceHost? {
        regional(host, ".backblazeb2.com", .b2)
    }

    private static func wasabi(_ host: String) -> ServiceHost? {
        host == "s3.wasabisys.com"
            ? ServiceHost(provider: .wasabi, region: "us-east-1")
            : regional(host, ".wasabisys.com", .wasabi)
    }

    private static func google(_ host: String) -> ServiceHost? {
        host == "storage.googleapis.com" ? ServiceHost(provider: .gcs, region: "auto") : nil
    }

    private static func digitalOcean(_ host: String) -> ServiceHost? {
        guard let labels = labels(host, before: ".digitaloceanspaces.com"), labels.count == 1
        else { return nil }
        return ServiceHost(provider: .digitalOcean, region: labels[0])
    }

    private static func huawei(_ host: String) -> ServiceHost? {
        guard let labels = labels(host, before: ".myhuaweicloud.com"), labels.count == 2,
            labels[0] == "obs"
        else { return nil }
        return ServiceHost(provider: .obs, region: labels[1])
    }

    private static func qiniu(_ host: String) -> ServiceHost? {
        guard let labels = labels(host, before: ".qiniucs.com") else { return nil }
        if labels.count == 2, labels[0] == "s3" {
            return ServiceHost(provider: .qiniu, region: labels[1])
        }
        guard labels.count == 1, labels[0].hasPrefix("s3-") else { return nil }
        return ServiceHost(provider: .qiniu, region: String(labels[0].dropFirst("s3-".count)))
    }

    private static func volcengine(_ host: String) -> ServiceHost? {
        guard let labels = labels(host, before: ".volces.com"), labels.count == 1,
            labels[0].hasPrefix("tos-s3-")
        else { return nil }
        return ServiceHost(provider: .tos, region: String(labels[0].dropFirst("tos-s3-".count)))
    }

    /// Hosts such as `s3.REGION.example.com`.
    private static func regional(
        _ host: String, _ suffix: String, _ provider: S3Provider
    ) -> ServiceHost? {
        guard let labels = labels(host, before: suffix), labels.count == 2, labels[0] == "s3"
        else { return nil }
        return ServiceHost(provider: provider, region: labels[1])
    }

    private static func labels(_ host: String, before suffix: String) -> [String]? {
        guard host.hasSuffix(suffix), host.count > suffix.count else { return nil }
        let labels = host.dropLast(suffix.count).split(
            separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { !$0.isEmpty } ? labels.map(String.init) : nil
    }
}

// From the settings to what every request needs: host, addressing, region. All of it is text in,
// facts out, decided before anything is sent; what cannot be decided is left to a probe
// (AddressingProbe). The rules are stated in Specs/s3-providers.md.

package import HTTPTransport
import RequestSigning

/// Where a bucket is and how it is talked to.
package struct S3Endpoint: Hashable, Sendable {
    /// Who runs it, as far as its name or the settings tell.
    package let provider: S3Provider
    /// `http` or `https`.
    package let scheme: HTTPURL.Scheme
    /// The host without the bucket's name in front; with `.bound` addressing the bucket's own.
    package let serviceHost: String
    /// The port; `nil` for the scheme's own.
    package let port: UInt16?
    /// The path in front of everything, of a reverse proxy; percent-encoded, without a slash at
    /// its end; empty as a rule.
    package let basePath: String
    /// The bucket.
    package let bucket: String
    /// The region to sign with.
    package let region: String
    /// The ways to address the bucket, the most likely one first; with more than one, the first
    /// that answers is right.
    package let candidates: [S3Addressing]
    /// What the user should know about how the settings were understood.
    package let notices: [String]

    /// Understands the settings.
    package init(_ settings: S3Settings) throws(S3SettingsError) {
        var parser = try EndpointParser(settings)
        try parser.parse()
        provider = parser.provider
        scheme = parser.scheme
        serviceHost = parser.host
        port = parser.port
        basePath = parser.basePath
        bucket = parser.bucket
        region = parser.region
        candidates = parser.candidates
        notices = parser.notices
    }

    /// The region that stands in an endpoint's name.
    /// - Returns: `nil` when the name has none, or cannot be understood.
    package static func region(in endpoint: String, bucket: String) -> String? {
        let settings = S3Settings(endpoint: endpoint, bucket: bucket)
        guard let found = try? S3Endpoint(settings),
            ServiceHost.recognise(found.serviceHost)?.region != nil, !endpoint.isEmpty,
            // It answers for every region, by redirects.
            found.serviceHost != "s3.amazonaws.com"
        else { return nil }
        return found.region
    }

    private init(
        _ other: S3Endpoint, serviceHost: String, region: String
    ) {
        provider = other.provider
        scheme = other.scheme
        self.serviceHost = serviceHost
        port = other.port
        basePath = other.basePath
        bucket = other.bucket
        self.region = region
        candidates = other.candidates
        notices = other.notices
    }

    /// Whether a text can be a region's name.
    package static func isRegion(_ text: String) -> Bool { S3Region.isValid(text) }

    /// The same bucket, found to be in another region: AWS has a host for each.
    package func inRegion(_ region: String) -> S3Endpoint {
        S3Endpoint(self, serviceHost: awsHost(in: region) ?? serviceHost, region: region)
    }

    /// The host's name with another region in it; `nil` where the name has none to replace.
    private func awsHost(in region: String) -> String? {
        guard provider == .aws, var labels = ServiceHost.awsLabels(serviceHost),
            !labels.contains("vpce"), let old = ServiceHost.recognise(serviceHost)?.region
        else { return nil }
        // A host that keeps to FIPS, or has IPv6 addresses, stays such a one.
        if let place = labels.firstIndex(of: old) {
            labels[place] = region
        } else {
            labels = [labels[0].hasPrefix("s3-fips") ? "s3-fips" : "s3", region]
        }
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return (labels + [suffix]).joined(separator: ".")
    }

    /// The URL of an object, or of the bucket.
    /// - Parameters:
    ///   - key: the whole key, not encoded; empty for the bucket itself.
    ///   - query: percent-encoded, without the question mark.
    package func url(
        _ addressing: S3Addressing, key: String = "", query: String = ""
    ) -> HTTPURL {
        var path = "/\(PercentEncoding.path(key.utf8))"
        if addressing == .path { path = "/\(bucket)" + (key.isEmpty ? "" : path) }
        let host = addressing == .virtual ? "\(bucket).\(serviceHost)" : serviceHost
        return HTTPURL(scheme, host: host, port: port, path: basePath + path, query: query)
    }
}

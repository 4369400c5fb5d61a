import Foundation

/// How a stand-in is set up (Tests/Servers/stand-in/settings.py says more about each).
package struct StandInOption: Sendable {
    let name: String
    let value: any Sendable

    var argument: String {
        get throws {
            let json = try JSONSerialization.data(
                withJSONObject: value, options: .fragmentsAllowed)
            return "\(name)=\(String(decoding: json, as: UTF8.self))"
        }
    }

    /// Who may do what without a key.
    package enum PublicRights: String, Sendable {
        /// Nobody anything.
        case nothing
        /// Read objects.
        case read
        /// Read and list.
        case list
        /// Read, list and write.
        case write
    }

    /// How conditional writes are taken.
    package enum ConditionalWrites: String, Sendable {
        /// As on AWS: 412.
        case honoured
        /// 501.
        case refused
        /// The condition does nothing.
        case ignored
    }

    /// What certificates are like.
    package enum CertificateQuality: String, Sendable {
        /// As they should be.
        case right
        /// For another host.
        case wrongHost = "wrong-host"
        /// No longer valid.
        case expired
        /// Signed by an authority that nobody knows.
        case unknownAuthority = "unknown-authority"
    }

    /// Any option by its name, with a value that JSON can hold.
    package static func option(_ name: String, _ value: any Sendable) -> Self {
        Self(name: name, value: value)
    }

    /// TLS on the port; only at the start.
    package static var tls: Self { Self(name: "tls", value: true) }

    /// What certificates are like that are made from now on.
    package static func certificate(_ quality: CertificateQuality) -> Self {
        Self(name: "certificate", value: quality.rawValue)
    }

    /// The region of endpoints whose names have none; only at the start.
    package static func region(_ region: String) -> Self { Self(name: "region", value: region) }

    /// The buckets that are there with their regions, empty for the endpoint's; only at the start.
    package static func buckets(_ buckets: [String: String]) -> Self {
        Self(name: "buckets", value: buckets)
    }

    /// Hosts that are a bucket by themselves.
    package static func boundHosts(_ buckets: [String: String]) -> Self {
        Self(name: "cname", value: buckets)
    }

    /// The session token that has to come with the key.
    package static func token(_ token: String) -> Self { Self(name: "token", value: token) }

    /// The key that is known from now on.
    package static func accessKey(_ key: String) -> Self { Self(name: "access_key", value: key) }

    /// The secret that is known from now on.
    package static func secretKey(_ key: String) -> Self { Self(name: "secret_key", value: key) }

    /// How far the server's clock is ahead, in seconds.
    package static func clockAhead(seconds: Int) -> Self { Self(name: "clock", value: seconds) }

    /// How long every answer takes, in seconds.
    package static func latency(seconds: Double) -> Self { Self(name: "latency", value: seconds) }

    /// What everybody may do.
    package static func isPublic(_ rights: PublicRights) -> Self {
        Self(name: "public", value: rights.rawValue)
    }

    /// Whether public access is blocked by a setting of the bucket.
    package static func blocksPublic(_ blocks: Bool) -> Self {
        Self(name: "blocks_public", value: blocks)
    }

    /// How conditional writes are taken, whatever the provider does.
    package static func conditionalWrites(_ way: ConditionalWrites) -> Self {
        Self(name: "conditional", value: way.rawValue)
    }

    /// The most entries of a page of a listing.
    package static func page(_ entries: Int) -> Self { Self(name: "page", value: entries) }

    /// How listings break, by the names in listing.py; none of them for listings that are right.
    package static func listFaults(_ names: [String]) -> Self {
        Self(name: "list_faults", value: names)
    }

    /// Kinds of requests the key has no right to: `put`, `get`, `head`, `list`, `delete`, `buckets`
    /// for the list of them, `settings` for those of a bucket.
    package static func denies(_ kinds: [String]) -> Self { Self(name: "denies", value: kinds) }

    /// The only keys that may be used begin so.
    package static func onlyPrefix(_ prefix: String) -> Self {
        Self(name: "only_prefix", value: prefix)
    }
}

import HTTPTransport
import RequestSigning
import SnapshotModel

/// Understands the six fields step by step; one function for each rule.
struct EndpointParser {
    private let settings: S3Settings
    private(set) var provider: S3Provider
    private(set) var scheme = HTTPURL.Scheme.https
    private(set) var host = ""
    private(set) var port: UInt16?
    private(set) var basePath = ""
    private(set) var bucket: String
    private(set) var region: String
    private(set) var candidates: [S3Addressing] = []
    private(set) var notices: [String] = []
    private var service: ServiceHost?
    private var hasBucketInPath = false

    init(_ settings: S3Settings) throws(S3SettingsError) {
        self.settings = settings
        provider = settings.provider ?? .other
        bucket = Self.trim(settings.bucket)
        region = Self.trim(settings.region).lowercased()
        try checkNames()
    }

    mutating func parse() throws(S3SettingsError) {
        var text = Self.trim(settings.endpoint)
        if text.isEmpty { text = try usualEndpoint() }
        // First of all, so that no message shows what may be a password.
        guard !text.contains("@") else {
            throw S3SettingsError(
                "endpoint", "it holds a user's name",
                remedy: "give keys in their own fields, never in the endpoint")
        }
        try takeScheme(&text)
        try takePath(&text)
        try takeHostAndPort(text)
        try takeBucketFromHost()
        repairAWSHost()
        service = service ?? ServiceHost.recognise(host)
        if let service { provider = service.provider }
        try checkAccountID()
        settleRegion()
        try settleAddressing()
    }

    // MARK: Names

    private func checkNames() throws(S3SettingsError) {
        let letters = bucket.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        let dots = bucket.hasPrefix(".") || bucket.hasSuffix(".") || bucket.contains("..")
        guard letters, (3...255).contains(bucket.utf8.count), !dots else {
            throw S3SettingsError(
                "bucket",
                bucket.isEmpty ? "it is empty" : "\(Self.quote(bucket)) is no bucket's name",
                remedy: "give the bucket's name alone: letters, digits, \"-\" and \".\"")
        }
        guard region.isEmpty || S3Region.isValid(region) else {
            throw S3SettingsError(
                "region", "\(Self.quote(region)) is no region's name",
                remedy: "give it as the provider writes it, such as eu-central-1, or leave it out")
        }
    }

    /// Where the endpoint is empty, AWS is meant: there the region tells it.
    private func usualEndpoint() throws(S3SettingsError) -> String {
        guard provider == .aws || settings.provider == nil else {
            throw S3SettingsError(
                "endpoint", "it is empty", remedy: "give the endpoint that \(provider.title) shows")
        }
        return Self.awsHost(region.isEmpty ? S3Provider.aws.usualRegion : region)
    }

    private static func awsHost(_ region: String) -> String {
        "s3.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }

    // MARK: Parts of the URL

    private mutating func takeScheme(_ text: inout String) throws(S3SettingsError) {
        guard let range = text.firstRange(of: "://") else { return }
        let word = text[..<range.lowerBound].lowercased()
        guard let known = HTTPURL.Scheme(rawValue: word) else {
            throw wrongEndpoint("its scheme is unknown", "use http:// or https://")
        }
        scheme = known
        text = String(text[range.upperBound...])
    }

    private mutating func takePath(_ text: inout String) throws(S3SettingsError) {
        guard !text.contains("?"), !text.contains("#") else {
            throw wrongEndpoint("it has a query or a fragment", "give the host alone")
        }
        guard let slash = text.firstIndex(of: "/") else { return }
        var components = text[slash...].split(separator: "/").map(String.init)
        text = String(text[..<slash])
        if components.first == bucket {
            components.removeFirst()
            hasBucketInPath = true
        }
        if components.isEmpty { return }
        // Signed as it is sent, so it is encoded once, whatever it looked like.
        let encoded = components.map { PercentEncoding.query(PercentDecoding.bytes(of: $0)) }
        guard !encoded.contains("."), !encoded.contains("..") else {
            throw wrongEndpoint("its path has dots", "give the host alone")
        }
        basePath = "/" + encoded.joined(separator: "/")
        notices.append(
            "requests go below the path \(basePath) of the endpoint; leave it out of the endpoint"
                + " unless a proxy wants it (a folder within the bucket is the root path)")
    }

    private mutating func takeHostAndPort(_ text: String) throws(S3SettingsError) {
        let name = text.lowercased()
        if name.hasPrefix("[") { return try takeAddress(name) }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else {
            throw wrongEndpoint(
                "it has several colons", "put an IPv6 address in brackets: [::1]:9000")
        }
        if parts.count == 2 { try takePort(parts[1]) }
        host = String(parts[0])
        while host.hasSuffix(".") { host.removeLast() }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, !host.isEmpty, !host.hasPrefix("."), !host.contains("..") else {
            throw wrongEndpoint("\(Self.quote(host)) is no host's name", "give the host alone")
        }
    }

    /// An IPv6 address in brackets.
    private mutating func takeAddress(_ text: String) throws(S3SettingsError) {
        guard let end = text.firstIndex(of: "]") else {
            throw wrongEndpoint("the bracket is not closed", "write [ADDRESS]:PORT")
        }
        host = String(text[...end])
        let rest = text[text.index(after: end)...]
        guard rest.isEmpty || rest.hasPrefix(":") else {
            throw wrongEndpoint("text follows the address", "write [ADDRESS]:PORT")
        }
        if !rest.isEmpty { try takePort(rest.dropFirst()) }
        let address = host.dropFirst().dropLast()
        let isAddress = address.allSatisfy {
            $0.isASCII && ($0.isHexDigit || $0 == ":" || $0 == ".")
        }
        guard isAddress, address.contains(":") else {
            throw wrongEndpoint("the address in brackets is none", "write [ADDRESS]:PORT")
        }
    }

    private mutating func takePort(_ text: Substring) throws(S3SettingsError) {
        guard Self.isDigits(text), let number = UInt16(text), number > 0 else {
            throw wrongEndpoint(
                "\(Self.quote(text)) is no port", "give a number from 1 to 65535")
        }
        port = number == scheme.defaultPort ? nil : number
    }

    // MARK: The bucket in the host

    private mutating func takeBucketFromHost() throws(S3SettingsError) {
        if isService(host) { return }
        if try takeCOSBucket() { return }
        if host.hasPrefix("\(bucket.lowercased()).") {
            let rest = String(host.dropFirst(bucket.utf8.count + 1))
            if isService(rest) || settings.addressing == .virtual {
                host = rest
                return
            }
            // Of an unknown service: the host as it is may be the bucket's own.
            candidates = [.bound, .path]
        }
        if ServiceHost.isUnsupportedAWS(host) {
            throw S3SettingsError(
                "endpoint", "\(host) is none of S3's general-purpose endpoints",
                remedy: "use a general-purpose bucket and s3.REGION.amazonaws.com")
        }
        // Another bucket in front of a known service's host.
        var rest = host[...]
        while let dot = rest.firstIndex(of: ".") {
            let front = String(host[..<dot])
            rest = rest[rest.index(after: dot)...]
            guard isService(String(rest)) else { continue }
            throw S3SettingsError(
                "bucket", "the endpoint names the bucket \"\(front)\", the bucket is \"\(bucket)\"",
                remedy: "give one of them; the endpoint without a bucket is \(rest)")
        }
    }

    /// Whether a host, with nothing in front of it, is one of a known service.
    private func isService(_ host: String) -> Bool {
        ServiceHost.recognise(host) != nil || awsRegion(of: host) != nil
    }

    /// COS names buckets NAME-APPID; the endpoint may have the whole name and the field the first
    /// part only.
    private mutating func takeCOSBucket() throws(S3SettingsError) -> Bool {
        guard let dot = host.firstIndex(of: ".") else { return false }
        let front = String(host[..<dot])
        let rest = String(host[host.index(after: dot)...])
        guard ServiceHost.recognise(rest)?.provider == .cos, front.hasPrefix("\(bucket)-"),
            Self.isDigits(front.dropFirst(bucket.utf8.count + 1))
        else { return false }
        host = rest
        bucket = front
        notices.append("the bucket's whole name is \(front)")
        return true
    }

    private func checkAccountID() throws(S3SettingsError) {
        guard provider == .cos, service != nil else { return }
        let parts = bucket.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count > 1, let last = parts.last, Self.isDigits(last) else {
            throw S3SettingsError(
                "bucket", "names of COS buckets end in the account's APPID, \"\(bucket)\" does not",
                remedy: "give the whole name as the console shows it, such as \(bucket)-1250000000")
        }
    }

    /// AWS hosts are often written without `s3`.
    private mutating func repairAWSHost() {
        guard ServiceHost.recognise(host) == nil, let found = awsRegion(of: host) else { return }
        let suffix = host.hasSuffix(".cn") ? "amazonaws.com.cn" : "amazonaws.com"
        let repaired = "s3.\(found).\(suffix)"
        notices.append("there is no S3 endpoint \(host); using \(repaired)")
        host = repaired
    }

    /// The region of an AWS host without `s3`, such as `eu-west-1.amazonaws.com`.
    private func awsRegion(of host: String) -> String? {
        guard let labels = ServiceHost.awsLabels(host), labels.count == 1,
            ServiceHost.isAWSRegion(labels[0])
        else { return nil }
        return labels[0]
    }

    // MARK: Region and addressing

    private mutating func settleRegion() {
        let named = service?.region
        if region.isEmpty {
            region = named ?? provider.usualRegion
            return
        }
        if provider == .aws, let named, named != region {
            // `s3.amazonaws.com` answers for every region by a redirect; its name says nothing.
            if host == "s3.amazonaws.com" {
                host = Self.awsHost(region)
            } else {
                notices.append(
                    "the endpoint is in \(named), the region is \(region); using \(named)")
                region = named
            }
        }
        if provider == .r2, region == "us-east-1" { region = "auto" }
    }

    private mutating func settleAddressing() throws(S3SettingsError) {
        let isVirtualOnly = service?.isVirtualOnly ?? false
        if let chosen = settings.addressing {
            // The host of a known service is no bucket's own.
            candidates = [chosen == .bound && service != nil ? .virtual : chosen]
        } else if isVirtualOnly {
            candidates = [.virtual]
        } else if hasBucketInPath || service?.isPathOnly ?? false {
            candidates = [.path]
        } else if service != nil {
            candidates = [provider.addressing]
        } else if candidates.isEmpty {
            candidates = waysOfUnknownHost()
        }
        // Names with a dot fit no certificate for one level of names, and names of hosts have no
        // capitals.
        let cannotBeHost =
            isAddress || bucket.contains(".") && scheme == .https || bucket != bucket.lowercased()
        guard cannotBeHost else { return }
        let mayBePath = settings.addressing == nil && !isVirtualOnly
        candidates = candidates.filter { $0 != .virtual }
        if candidates.isEmpty, mayBePath { candidates = [.path] }
        if candidates.isEmpty { throw unfitBucket() }
    }

    private func waysOfUnknownHost() -> [S3Addressing] {
        guard settings.provider != nil else {
            return canBeBucketHost ? S3Addressing.allCases : [.path]
        }
        // A domain of the user's own with a provider that wants the bucket in the host.
        return provider.addressing == .virtual && canBeBucketHost
            ? [.virtual, .bound] : [provider.addressing]
    }

    /// Whether the host may be a name that somebody has given to one bucket: a domain's name on
    /// the scheme's own port. Servers of one's own have addresses, ports, or names without a dot.
    private var canBeBucketHost: Bool {
        port == nil && host.contains(".") && !isAddress && !host.hasSuffix(".localhost")
    }

    private var isAddress: Bool {
        host.hasPrefix("[") || Self.isDigits(host.split(separator: ".").last ?? "")
    }

    private func unfitBucket() -> S3SettingsError {
        if isAddress {
            return S3SettingsError(
                "addressing", "no bucket's name can stand in front of the address \(host)",
                remedy: "use --addressing path, or the server's name")
        }
        let reason = bucket.contains(".") ? "no certificate fits a dot" : "it has capitals"
        return S3SettingsError(
            "bucket", "\"\(bucket)\" cannot stand in front of the host \(host): \(reason)",
            remedy: "use a bucket without dots and capitals in its name")
    }

    // MARK: Text

    private func wrongEndpoint(_ cause: String, _ remedy: String) -> S3SettingsError {
        S3SettingsError("endpoint", "\(Self.quote(settings.endpoint)): \(cause)", remedy: remedy)
    }

    /// What a user gave may hold anything, and messages go to terminals.
    private static func quote(_ text: some StringProtocol) -> String {
        "\"\(DisplayText.escape(text.utf8))\""
    }

    private static func trim(_ text: String) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace ?? false { rest.removeFirst() }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        return String(rest)
    }

    private static func isDigits(_ text: some StringProtocol) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return !text.isEmpty && text.utf8.allSatisfy(digits.contains)
    }
}

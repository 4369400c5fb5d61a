import HTTPTransport
import RequestSigning

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
    private var hasBucketInHost = false

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
        try takeScheme(&text)
        try takePath(&text)
        try takeHostAndPort(text)
        try takeBucketFromHost()
        repairAWSHost()
        if ServiceHost.isUnsupportedAWS(host) {
            throw S3SettingsError(
                "endpoint", "\(host) is none of S3's general-purpose endpoints",
                remedy: "use a general-purpose bucket and s3.REGION.amazonaws.com")
        }
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
                bucket.isEmpty ? "it is empty" : "\"\(settings.bucket)\" is no bucket's name",
                remedy: "give the bucket's name alone: letters, digits, \"-\" and \".\"")
        }
        guard region.isEmpty || S3Region.isValid(region) else {
            throw S3SettingsError(
                "region", "\"\(settings.region)\" is no region's name",
                remedy: "give it as the provider writes it, such as eu-central-1, or leave it empty")
        }
    }

    /// Where the endpoint is empty, AWS is meant: there the region tells it.
    private func usualEndpoint() throws(S3SettingsError) -> String {
        guard provider == .aws || settings.provider == nil else {
            throw S3SettingsError(
                "endpoint", "it is empty", remedy: "give the endpoint that \(provider.title) shows")
        }
        let region = region.isEmpty ? S3Provider.aws.usualRegion : region
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return "https://s3.\(region).\(suffix)"
    }

    // MARK: Parts of the URL

    private mutating func takeScheme(_ text: inout String) throws(S3SettingsError) {
        guard let range = Self.find("://", in: text) else { return }
        let word = text[..<range.lowerBound].lowercased()
        guard let known = HTTPURL.Scheme(rawValue: word) else {
            throw wrongEndpoint("its scheme is \(word)", "use http:// or https://")
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
        guard !components.contains(where: { $0 == "." || $0 == ".." }) else {
            throw wrongEndpoint("its path has dots", "give the host alone")
        }
        // Signed as it is sent, so it is encoded once, whatever it looked like.
        basePath = "/" + components.map { PercentEncoding.path(Self.decode($0)) }
            .joined(separator: "/")
        notices.append(
            "requests go below the path \(basePath) of the endpoint; leave it out of the endpoint"
                + " unless a proxy wants it (a folder within the bucket is the root path)")
    }

    private mutating func takeHostAndPort(_ text: String) throws(S3SettingsError) {
        guard !text.contains("@") else {
            throw wrongEndpoint(
                nil, "it holds a user's name", "give keys in their own fields, never in the endpoint")
        }
        var name = text.lowercased()
        if name.hasPrefix("[") {
            guard let end = name.firstIndex(of: "]") else {
                throw wrongEndpoint("the bracket is not closed", "write [ADDRESS]:PORT")
            }
            let rest = name[name.index(after: end)...]
            name = String(name[...end])
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw wrongEndpoint("text follows the address", "write [ADDRESS]:PORT")
            }
            if !rest.isEmpty { try takePort(rest.dropFirst()) }
            guard name.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
            else { throw wrongEndpoint("the address in brackets is none", "write [ADDRESS]:PORT") }
        } else {
            if name.split(separator: ":", omittingEmptySubsequences: false).count > 2 {
                throw wrongEndpoint(
                    "it has several colons", "put an IPv6 address in brackets: [::1]:9000")
            }
            if let colon = name.firstIndex(of: ":") {
                try takePort(name[name.index(after: colon)...])
                name = String(name[..<colon])
            }
            while name.hasSuffix(".") { name.removeLast() }
            let isName = name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            guard isName, !name.isEmpty, !name.hasPrefix("."), Self.find("..", in: name) == nil
            else { throw wrongEndpoint("\"\(name)\" is no host's name", "give the host alone") }
        }
        host = name
    }

    private mutating func takePort(_ text: Substring) throws(S3SettingsError) {
        guard let number = UInt16(text), number > 0 else {
            throw wrongEndpoint("\"\(text)\" is no port", "give a number from 1 to 65535")
        }
        port = number == scheme.defaultPort ? nil : number
    }

    // MARK: The bucket in the host

    private mutating func takeBucketFromHost() throws(S3SettingsError) {
        if ServiceHost.recognise(host) != nil { return }
        if try takeCOSBucket() { return }
        if host.hasPrefix("\(bucket.lowercased()).") {
            let rest = String(host.dropFirst(bucket.utf8.count + 1))
            if ServiceHost.recognise(rest) != nil || awsRegion(of: rest) != nil {
                host = rest
                hasBucketInHost = true
            } else {
                // Of an unknown service: the host as it is may be the bucket's own.
                hasBucketInHost = true
                candidates = [.bound, .path]
            }
            return
        }
        // Another bucket in front of a known service's host.
        var rest = host[...]
        while let dot = rest.firstIndex(of: ".") {
            let front = String(host[..<dot])
            rest = rest[rest.index(after: dot)...]
            guard let known = ServiceHost.recognise(String(rest)) else { continue }
            throw S3SettingsError(
                "bucket", "the endpoint names the bucket \"\(front)\", the bucket is \"\(bucket)\"",
                remedy: "give one of them; the endpoint of \(known.provider.title) is \(rest)")
        }
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
        hasBucketInHost = true
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
                host = "s3.\(region).amazonaws.com"
            } else {
                notices.append(
                    "the endpoint is in \(named), the region is \(region); using \(named)")
                region = named
            }
        }
        if provider == .r2, region == "us-east-1" { region = "auto" }
    }

    private mutating func settleAddressing() throws(S3SettingsError) {
        let needsPath = bucket.contains(".") && scheme == .https
        if let chosen = settings.addressing {
            if chosen == .virtual, needsPath { throw dottedBucket() }
            candidates = [chosen]
            return
        }
        if !candidates.isEmpty { return }
        if service?.isPathOnly ?? false {
            candidates = [.path]
        } else if service?.isVirtualOnly ?? false {
            if needsPath { throw dottedBucket() }
            candidates = [.virtual]
        } else if service != nil || settings.provider != nil {
            candidates = needsPath ? [.path] : Array(provider.addressing.prefix(1))
        } else {
            candidates = canBeBucketHost ? (needsPath ? [.path, .bound] : S3Addressing.allCases)
                : [.path]
        }
        if hasBucketInPath, service?.isVirtualOnly != true { candidates = [.path] }
    }

    /// Whether the host may be a name that somebody has given to one bucket: a domain's name on
    /// the scheme's own port. Servers of one's own have addresses, ports, or names without a dot.
    private var canBeBucketHost: Bool {
        port == nil && host.contains(".") && !host.hasPrefix("[") && !host.hasSuffix(".localhost")
            && !Self.isDigits(host.split(separator: ".").last ?? "")
    }

    private func dottedBucket() -> S3SettingsError {
        S3SettingsError(
            "bucket",
            "\"\(bucket)\" has a dot, so no certificate fits the host \(bucket).\(host)",
            remedy: "use a bucket without a dot in its name")
    }

    // MARK: Text

    private func wrongEndpoint(_ cause: String, _ remedy: String) -> S3SettingsError {
        wrongEndpoint(settings.endpoint, cause, remedy)
    }

    private func wrongEndpoint(
        _ shown: String?, _ cause: String, _ remedy: String
    ) -> S3SettingsError {
        // An endpoint with a user's name may hold a password: it is not shown then.
        let isSafe = !settings.endpoint.contains("@")
        let text = isSafe ? shown.map { "\"\($0)\": " } ?? "" : ""
        return S3SettingsError("endpoint", text + cause, remedy: remedy)
    }

    private static func trim(_ text: String) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace ?? false { rest.removeFirst() }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        return String(rest)
    }

    private static func isDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func find(_ mark: String, in text: String) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(mark) {
                return start..<text.index(start, offsetBy: mark.count)
            }
            start = text.index(after: start)
        }
        return nil
    }

    private static func decode(_ text: String) -> [UInt8] { PercentDecoding.bytes(of: text) }
}

/// Names of regions.
enum S3Region {
    /// Whether a server's or a user's word can be a region's name: what else would go into a host.
    static func isValid(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

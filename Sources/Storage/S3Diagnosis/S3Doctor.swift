// Goes through everything that has to be right before a bucket can hold a repository, from the
// name of its host to the deletion of an object, and says of each what was found and what to do.

import Cryptography
import HTTPTransport
import ObjectStore
package import S3Store
import SnapshotModel

/// Examines a bucket.
package struct S3Doctor {
    private let client: S3Client
    private let store: S3Store
    private let root: RootPath
    private let nonce: String
    private let now: () -> Int64
    private let report: (DiagnosisStep) -> Void

    /// - Parameters:
    ///   - store: the store whose calls `client` sends, without repetitions.
    ///   - nonce: makes the name of the object that is written and deleted its own: hexadecimal.
    ///   - now: this machine's clock, in seconds since 1970.
    ///   - report: called with each step.
    package init(
        _ client: S3Client, _ store: S3Store, root: RootPath, nonce: String,
        now: @escaping () -> Int64, report: @escaping (DiagnosisStep) -> Void
    ) {
        self.client = client
        self.store = store
        self.root = root
        self.nonce = nonce
        self.now = now
        self.report = report
    }

    /// Examines; stops at a step that makes the following ones pointless.
    /// - Returns: whether the bucket can be used.
    package func run() -> Bool {
        let endpoint = client.endpoint
        report(
            DiagnosisStep(
                "settings", .passed,
                "\(endpoint.provider.title), bucket \(endpoint.bucket)"
                    + (root.description.isEmpty ? "" : ", root path \(root)")))
        for notice in endpoint.notices { report(DiagnosisStep("settings", .warning, notice)) }
        guard connect(endpoint), authenticate() else { return false }
        return examineObjects()
    }

    // MARK: Network

    /// One request without a signature: names, network, TLS and clock.
    private func connect(_ endpoint: S3Endpoint) -> Bool {
        do {
            tell(try client.greet(), endpoint.url(.bound))
            return true
        } catch {
            let failure = S3Failure(error, endpoint)
            let name = Self.steps[error.code] ?? "connection"
            report(DiagnosisStep(name, .failed, "\(error)", remedy: failure.remedy))
            return false
        }
    }

    private static let steps: [HTTPError.Code: String] = [
        .cannotResolve: "name", .proxyFailed: "proxy", .untrusted: "TLS", .handshakeFailed: "TLS",
        .noAuthorities: "TLS",
    ]

    private func tell(_ response: HTTPResponse, _ url: HTTPURL) {
        let connection = response.connection
        report(
            DiagnosisStep(
                "name", .passed,
                "\(url.host) in \(Self.milliseconds(connection.resolveInMicroseconds))"))
        let place = connection.remoteAddress.isEmpty ? url.authority : connection.remoteAddress
        report(
            DiagnosisStep(
                "connection", .passed,
                "\(place) in \(Self.milliseconds(connection.connectInMicroseconds))"))
        if url.scheme == .https {
            report(
                DiagnosisStep(
                    "TLS", .passed,
                    "trusted, in \(Self.milliseconds(connection.handshakeInMicroseconds))"))
        } else {
            report(
                DiagnosisStep(
                    "TLS", .warning, "none: everybody on the way can read what is sent",
                    remedy: "use https:// unless the store is on this machine"))
        }
        tellClock(ErrorAnswer(response).serverTime)
    }

    private func tellClock(_ serverTime: Int64?) {
        guard let serverTime else {
            report(DiagnosisStep("clock", .unknown, "the store does not tell its time"))
            return
        }
        let offset = now() - serverTime
        if abs(offset) <= 60 {
            report(DiagnosisStep("clock", .passed, "\(abs(offset)) s apart from the store's"))
        } else {
            report(
                DiagnosisStep(
                    "clock", .warning,
                    "this machine's is \(abs(offset)) s \(offset > 0 ? "fast" : "slow"); requests"
                        + " are signed by the store's", remedy: "set it, for example by NTP"))
        }
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        "\((microseconds + 500) / 1000) ms"
    }

    // MARK: Credentials, region, addressing

    /// One signed LIST.
    private func authenticate() -> Bool {
        let asked = client.endpoint.region
        var call = S3Call(.list, .get, subject: "the root path")
        call.query = [("list-type", "2"), ("max-keys", "1"), ("prefix", root.prefix)]
        var canList = true
        do {
            _ = try client.perform(call)
        } catch {
            guard error.code == .permissionDenied else {
                let name = Self.step(of: error)
                report(DiagnosisStep(name, .failed, "\(error)", remedy: error.remedy))
                return false
            }
            canList = false
            report(DiagnosisStep("list", .failed, "\(error)", remedy: error.remedy))
        }
        report(DiagnosisStep("credentials", .passed, "accepted"))
        let region = client.endpoint.region
        report(
            region == asked
                ? DiagnosisStep("region", .passed, region)
                : DiagnosisStep(
                    "region", .warning, "the bucket is in \(region), not in \(asked)",
                    remedy: "set the region to \(region): it saves a request each time"))
        let way = client.addressing ?? .path
        report(DiagnosisStep("addressing", .passed, way.rawValue))
        if canList { report(DiagnosisStep("list", .passed, "allowed")) }
        return canList
    }

    private static func step(of failure: S3Failure) -> String {
        switch failure.code {
        case .unauthenticated: "credentials"
        case .clockSkew: "clock"
        case .noBucket: "bucket"
        case .misconfigured: "region"
        default: "list"
        }
    }

    // MARK: Objects

    /// Writes, reads, lists, writes once more on condition, and deletes one small object.
    private func examineObjects() -> Bool {
        let key = ObjectKey("doctor/\(nonce)")
        let bytes = Array("varve doctor \(nonce)\n".utf8)
        guard step("put", { try store.put(key, ObjectBody(bytes)) }) else { return false }
        var isFine = step("get") {
            let found = try store.get(key, .whole)
            try require(found.copy() == bytes, .get, key)
        }
        isFine =
            step("range") {
                let found = try store.get(key, .from(offset: 6, length: 6))
                try require(found.copy() == Array(bytes[6..<12]), .get, key)
            } && isFine
        isFine =
            step("list after put") {
                let listed = try store.list(prefix: "doctor/")
                try require(listed.contains { $0.key == key }, .list, key)
            } && isFine
        examineConditionalWrite(key, bytes)
        report(PublicAccessProbe(client, root: root).run(object: key.description).step)
        isFine = step("delete") { try store.delete([key]) } && isFine
        return isFine
    }

    private func step(_ name: String, _ body: () throws -> Void) -> Bool {
        do {
            try body()
            report(DiagnosisStep(name, .passed, "allowed"))
            return true
        } catch {
            let failure = error as? StoreError
            // What is missing was written a moment ago.
            let remedy = failure?.code == .notFound ? Self.lossRemedy : failure?.remedy ?? ""
            report(DiagnosisStep(name, .failed, failure?.cause ?? "\(error)", remedy: remedy))
            return false
        }
    }

    private func require(
        _ isTrue: Bool, _ operation: StoreError.Operation, _ key: ObjectKey
    ) throws {
        if isTrue { return }
        throw StoreError(
            .badAnswer, operation, key.description,
            cause: "the store does not show what was written a moment ago",
            remedy: Self.lossRemedy)
    }

    private static let lossRemedy =
        "do not use this store, or what stands in front of it: it loses data"

    /// Nothing depends on it: two writers never use one name (Specs/store-contract.md).
    private func examineConditionalWrite(_ key: ObjectKey, _ bytes: [UInt8]) {
        let name = "conditional write"
        guard let header = client.provider.createOnlyHeader else {
            report(DiagnosisStep(name, .passed, "not offered by the provider; not needed"))
            return
        }
        var call = S3Call(.put, .put, key: root.prefix + key.description, subject: "\(key)")
        call.body = [bytes]
        call.payloadHash = bytes.withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal
        call.fields.append(header.name, header.value)
        let finding: String
        do {
            _ = try client.perform(call)
            finding = "\(header.name) is ignored; not needed"
        } catch {
            switch error.status {
            case 409, 412: finding = "\(header.name) is honoured"
            case 400, 501: finding = "\(header.name) is refused; not needed"
            default: finding = "unknown: \(error)"
            }
        }
        report(DiagnosisStep(name, .passed, finding))
    }
}

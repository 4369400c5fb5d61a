// Asks as a stranger would, and reads the bucket's own settings. Only a clear answer counts: what a
// key may not read, or a provider does not tell, stays unknown and is never called private
// (Specs/s3-providers.md).

import HTTPTransport
import ObjectStore
package import S3Store
import XMLCodec

/// Finds out whether strangers can read a bucket.
package struct PublicAccessProbe {
    /// What was found.
    package struct Verdict: Hashable, Sendable {
        /// How the public can reach what is stored; empty when no way was found.
        package var ways: [String] = []
        /// What could not be found out.
        package var unknown: [String] = []
        /// Whether strangers were refused when they asked.
        package var isRefused = false

        /// The verdict as a step of a diagnosis.
        package var step: DiagnosisStep {
            guard ways.isEmpty else {
                return DiagnosisStep(
                    "privacy", .warning,
                    "THE PUBLIC CAN READ THIS BUCKET: "
                        + ways.joined(separator: "; "), remedy: remedy)
            }
            let rest = unknown.isEmpty ? "" : "; not known: \(unknown.joined(separator: "; "))"
            return isRefused
                ? DiagnosisStep("privacy", .passed, "strangers are refused\(rest)")
                : DiagnosisStep(
                    "privacy", .unknown, "cannot be found out\(rest)",
                    remedy: "look at the bucket's access settings at the provider's console")
        }

        var remedy = ""
    }

    private let client: S3Client
    private let root: RootPath

    /// Asks about the bucket that `client` talks to.
    package init(_ client: S3Client, root: RootPath) {
        self.client = client
        self.root = root
    }

    /// Asks: four requests, and one more for an object.
    /// - Parameter object: the name, below the root path, of an object that is there; `nil` when
    ///   none is known.
    package func run(object: String?) -> Verdict {
        var verdict = Verdict()
        verdict.remedy = Self.remedy(client.provider)
        askForList(&verdict)
        if let object { askForObject(object, &verdict) }
        // Where the bucket blocks the public, it does not matter what policy and list would give.
        if !isBlocked() {
            readPolicyStatus(&verdict)
            readACL(&verdict)
        }
        if client.provider.hidesPublicAccess {
            verdict.unknown.append(
                "public access by r2.dev or a domain of your own, which only the console shows")
        }
        return verdict
    }

    // MARK: As a stranger

    private func askForList(_ verdict: inout Verdict) {
        var call = S3Call(.list, .get, subject: "the bucket")
        call.isAnonymous = true
        call.query = [("list-type", "2"), ("max-keys", "1"), ("prefix", root.prefix)]
        do {
            let root = try element(of: client.perform(call))
            if root?.name == "ListBucketResult" {
                verdict.ways.append("anybody can list it")
            } else {
                verdict.unknown.append("whether anybody can list it")
            }
        } catch {
            note(error, "whether anybody can list it", &verdict)
        }
    }

    private func askForObject(_ name: String, _ verdict: inout Verdict) {
        var call = S3Call(.get, .get, key: root.prefix + name, subject: name)
        call.isAnonymous = true
        call.fields.append("range", "bytes=0-0")
        do {
            let response = try client.perform(call)
            // Some servers answer strangers by a page of their own.
            if response.fields["content-type"]?.hasPrefix("text/html") ?? false {
                verdict.unknown.append("whether anybody can read objects")
            } else {
                verdict.ways.append("anybody can read its objects")
            }
        } catch {
            note(error, "whether anybody can read objects", &verdict)
        }
    }

    private func note(_ failure: S3Failure, _ question: String, _ verdict: inout Verdict) {
        switch failure.status {
        case 400, 401, 403: verdict.isRefused = true
        // To a stranger who may not list, S3 says 403 of what is missing too.
        case 404 where failure.word == "NoSuchKey":
            verdict.ways.append("anybody can ask which objects there are")
        default: verdict.unknown.append(question)
        }
    }

    // MARK: By the bucket's settings

    private func isBlocked() -> Bool {
        let names: Set = [
            "PublicAccessBlockConfiguration", "BlockPublicAccessBlockConfiguration",
        ]
        guard let root = setting("publicAccessBlock", expecting: names) else { return false }
        func isOn(_ name: String) -> Bool { root.text(name)?.lowercased() == "true" }
        // OSS has one switch, AWS one for lists and one for policies, and two for new ones.
        return isOn("BlockPublicAccess")
            || [
                "IgnorePublicAcls", "RestrictPublicBuckets", "BlockPublicAcls", "BlockPublicPolicy",
            ]
            .allSatisfy(isOn)
    }

    private func readPolicyStatus(_ verdict: inout Verdict) {
        guard let root = setting("policyStatus", expecting: ["PolicyStatus"]) else { return }
        let isPublic = root.text("IsPublic")?.lowercased()
        if isPublic == "true" { verdict.ways.append("the bucket's policy is public") }
    }

    private func readACL(_ verdict: inout Verdict) {
        guard let root = setting("acl", expecting: ["AccessControlPolicy"]) else {
            verdict.unknown.append("the bucket's access list")
            return
        }
        for grant in root["AccessControlList"]?.all("Grant") ?? [] {
            let right = grant.text("Permission") ?? "?"
            let who = grant["Grantee"]?.text("URI") ?? ""
            if who.hasSuffix("/AllUsers") || who.hasSuffix("/global/AllUsers") {
                verdict.ways.append("the access list gives \(Self.plain(right)) to everybody")
            } else if who.hasSuffix("/AuthenticatedUsers") {
                verdict.ways.append(
                    "the access list gives \(Self.plain(right)) to every account of the provider")
            }
        }
        // OSS has one word for the whole bucket.
        let word = root["AccessControlList"]?.text("Grant") ?? ""
        if word.hasPrefix("public-read") {
            verdict.ways.append("the access list is \(Self.plain(word))")
        }
    }

    /// The answer about a setting; `nil` when it is refused, unknown, or something else: some
    /// servers take every unknown request for a listing.
    private func setting(_ name: String, expecting names: Set<String>) -> XMLElement? {
        var call = S3Call(.get, .get, subject: "the bucket's \(name)")
        call.query = [(name, "")]
        guard let response = try? client.perform(call), let root = element(of: response),
            names.contains(root.name)
        else { return nil }
        return root
    }

    private func element(of response: HTTPResponse) -> XMLElement? {
        try? XMLDocument.parse(response.body.bytes)
    }

    private static func plain(_ word: String) -> String {
        String(word.filter { $0.isLetter || $0 == "_" || $0 == "-" }.prefix(40))
    }

    private static func remedy(_ provider: S3Provider) -> String {
        switch provider {
        case .aws: "turn on all four switches of \"Block public access\" for the bucket"
        case .r2: "turn off public access by r2.dev and by domains in the bucket's settings"
        case .oss: "set the bucket's ACL to private and turn on \"Block Public Access\""
        case .cos: "set the bucket's permission to \"Private Read/Write\""
        case .minio: "mc anonymous set none ALIAS/BUCKET"
        default: "make the bucket private in the provider's console"
        }
    }
}

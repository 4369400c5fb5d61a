import HTTPTransport
import S3Diagnosis
import S3Store
import Testing

/// Only a clear answer counts: what a provider does not tell is neither public nor private.
struct PublicAccessProbeTests {
    private static let refused = refusal(403, "AccessDenied")
    private static let listing = answer(200, "<ListBucketResult></ListBucketResult>")

    /// What the probe asks.
    private enum Question: Hashable { case list, object, block, policyStatus, acl }

    private func probe(
        _ answers: [Question: HTTPResponse], provider: S3Provider = .other,
        object: String? = "doctor/x"
    ) throws -> PublicAccessProbe.Verdict {
        let sender = ScriptedSender { request in
            let question: Question =
                if request.url.query.hasPrefix("publicAccessBlock") {
                    .block
                } else if request.url.query.hasPrefix("policyStatus") {
                    .policyStatus
                } else if request.url.query.hasPrefix("acl") {
                    .acl
                } else if request.isList {
                    .list
                } else {
                    .object
                }
            // Strangers ask for objects, the key's owner for settings.
            let isStranger = question == .list || question == .object
            #expect(request.isAnonymous == isStranger)
            return answers[question] ?? (isStranger ? Self.refused : refusal(501, "NotImplemented"))
        }
        let bucket = try ScriptedBucket(sender, provider: provider)
        return PublicAccessProbe(bucket.client, root: bucket.root).run(object: object)
    }

    private func acl(_ grants: String) -> HTTPResponse {
        answer(
            200,
            "<AccessControlPolicy><AccessControlList>\(grants)</AccessControlList>"
                + "</AccessControlPolicy>")
    }

    private func grant(_ group: String, _ right: String) -> String {
        "<Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/\(group)</URI></Grantee>"
            + "<Permission>\(right)</Permission></Grant>"
    }

    private func status(_ word: String) -> HTTPResponse {
        answer(200, "<PolicyStatus><IsPublic>\(word)</IsPublic></PolicyStatus>")
    }

    @Test func `strangers are refused: private`() throws {
        let verdict = try probe([.policyStatus: status("FALSE"), .acl: acl("")])
        #expect(verdict.ways.isEmpty && verdict.unknown.isEmpty && verdict.isRefused)
        #expect(verdict.step.outcome == .passed)
    }

    @Test func `each way in is told`() throws {
        let cases: [(Question, HTTPResponse, String)] = [
            (.list, Self.listing, "anybody can list it"),
            (.object, answer(206, "x"), "anybody can read its objects"),
            (.object, refusal(404, "NoSuchKey"), "anybody can ask which objects there are"),
            (.policyStatus, status("true"), "policy is public"),
            (.policyStatus, status("TRUE"), "policy is public"),
            (.acl, acl(grant("AllUsers", "READ")), "gives READ to everybody"),
            (.acl, acl(grant("AuthenticatedUsers", "WRITE")), "gives WRITE to every account"),
            (.acl, acl("<Grant>public-read-write</Grant>"), "access list is public-read-write"),
        ]
        for (question, response, words) in cases {
            let verdict = try probe([question: response])
            #expect(verdict.ways.count == 1 && verdict.ways[0].contains(words), "\(verdict)")
            #expect(verdict.step.outcome == .warning)
            #expect(verdict.step.finding.contains("THE PUBLIC CAN READ"))
            #expect(!verdict.step.remedy.isEmpty)
        }
    }

    /// Answers about the block, with whether it keeps the public out.
    private static let blocks: [(String, [String], Bool)] = [
        (
            "PublicAccessBlockConfiguration",
            ["IgnorePublicAcls", "RestrictPublicBuckets", "BlockPublicAcls", "BlockPublicPolicy"],
            true
        ),
        ("PublicAccessBlockConfiguration", ["IgnorePublicAcls", "BlockPublicAcls"], false),
        ("PublicAccessBlockConfiguration", ["BlockPublicAccess"], true),
        (
            "BlockPublicAccessBlockConfiguration",
            ["IgnorePublicAcls", "RestrictPublicBuckets", "BlockPublicAcls", "BlockPublicPolicy"],
            true
        ),
        ("ListBucketResult", ["BlockPublicAccess"], false),
    ]

    @Test(arguments: blocks)
    func `settings that a block makes void are no way in, answers to strangers are`(
        _ name: String, _ switches: [String], _ isBlocked: Bool
    ) throws {
        let text = switches.map { "<\($0)>TRUE</\($0)>" }.joined()
        let open: [Question: HTTPResponse] = [
            .block: answer(200, "<\(name)>\(text)</\(name)>"), .policyStatus: status("true"),
            .acl: acl(grant("AllUsers", "READ")),
        ]
        let verdict = try probe(open)
        #expect(verdict.ways.count == (isBlocked ? 0 : 2), "\(verdict)")
        #expect(verdict.step.outcome == (isBlocked ? .passed : .warning))
        let listed = try probe(open.merging([.list: Self.listing]) { $1 })
        #expect(listed.ways.contains("anybody can list it"))
    }

    @Test func `several ways are told together`() throws {
        let verdict = try probe([
            .list: Self.listing, .object: answer(206, "x"), .policyStatus: status("true"),
            .acl: acl(grant("AllUsers", "READ")),
        ])
        #expect(verdict.ways.count == 4)
        for way in verdict.ways { #expect(verdict.step.finding.contains(way)) }
    }

    @Test func `answers that are no clear ones count for nothing`() throws {
        let page = answer(200, "<html></html>", ["Content-Type": "text/html; charset=utf-8"])
        let cases: [[Question: HTTPResponse]] = [
            [.list: page, .object: page], [.list: answer(200, "no XML"), .object: page],
            [.list: refusal(500, "InternalError"), .object: refusal(503, "SlowDown")],
            [.list: answer(301), .object: answer(404)],
        ]
        for answers in cases {
            let verdict = try probe(answers)
            #expect(verdict.ways.isEmpty, "\(verdict)")
            #expect(!verdict.isRefused)
            #expect(verdict.unknown.count == 3)
            #expect(verdict.step.outcome == .unknown)
            #expect(!verdict.step.remedy.isEmpty)
        }
    }

    @Test func `a server that takes every question for a listing shows no settings`() throws {
        let verdict = try probe([.policyStatus: Self.listing, .acl: Self.listing])
        #expect(verdict.ways.isEmpty)
        #expect(verdict.unknown == ["the bucket's access list"])
        #expect(verdict.step.outcome == .passed)
    }

    @Test func `owners and strangers' rights to nothing are no way in`() throws {
        let owner =
            "<Grant><Grantee><ID>owner</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>"
        let verdict = try probe([
            .acl: acl(owner + "<Grant>private</Grant>" + grant("LogDelivery", "WRITE"))
        ])
        #expect(verdict.ways.isEmpty)
    }

    @Test func `a word of the server cannot command a terminal`() throws {
        let verdict = try probe([
            .acl: acl(grant("AllUsers", "READ&#27;[2J" + String(repeating: "X", count: 100)))
        ])
        #expect(verdict.ways.count <= 1)
        #expect(verdict.ways.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 32 } })
        #expect(verdict.ways.allSatisfy { $0.utf8.count < 120 })
    }

    @Test func `what R2 does not show is always told`() throws {
        let verdict = try probe([:], provider: .r2)
        #expect(verdict.step.outcome == .passed)
        #expect(verdict.step.finding.contains("r2.dev"))
    }

    @Test func `without an object to ask for, none is asked for`() throws {
        let verdict = try probe([.object: answer(206, "x")], object: nil)
        #expect(verdict.ways.isEmpty)
        #expect(verdict.isRefused)
    }

    @Test(arguments: [
        (S3Provider.aws, "Block public access"), (.r2, "r2.dev"), (.oss, "ACL to private"),
        (.cos, "Private Read/Write"), (.minio, "mc anonymous"), (.wasabi, "console"),
    ])
    func `the remedy is the provider's own`(_ provider: S3Provider, _ words: String) throws {
        let verdict = try probe([.list: Self.listing], provider: provider)
        #expect(verdict.step.remedy.contains(words))
    }
}

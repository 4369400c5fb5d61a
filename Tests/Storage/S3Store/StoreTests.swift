import Cryptography
import HTTPTransport
import ObjectStore
import SnapshotModel
import TestSupport
import Testing

@testable import S3Store

/// What the store asks for, and what it makes of answers.
struct StoreTests {
    private func store(
        _ sender: any RequestSender, root: String = "my root", storageClass: String? = nil,
        encryption: String? = nil
    ) throws -> S3Store {
        let client = scriptedClient(sender, try endpoint())
        return S3Store(
            client, through: client, root: try RootPath(root), storageClass: storageClass,
            serverSideEncryption: encryption)
    }

    private static let packs = ["packs/00/a", "packs/ff/b"]
    private static let rest = ["varve.json", "index/a", "manifests/packs/a", "packsx/a"]

    @Test func `the storage class goes with packs alone, encryption with all`() throws {
        let sender = ScriptedSender([answer(200)])
        let store = try store(sender, storageClass: "STANDARD_IA", encryption: "AES256")
        for name in Self.packs + Self.rest { try store.put(name, [1]) }
        let classes = sender.requests.map { $0.fields["x-amz-storage-class"] }
        #expect(classes == ["STANDARD_IA", "STANDARD_IA", nil, nil, nil, nil])
        #expect(
            sender.requests.allSatisfy {
                $0.fields["x-amz-server-side-encryption"] == "AES256"
                    && $0.fields["authorization"]?.contains("server-side-encryption") == true
            })
    }

    @Test(arguments: [("InvalidArgument", true), ("InvalidRequest", true), ("Other", false)])
    func `an option that the store does not have is named`(
        _ word: String, _ isExplained: Bool
    ) throws {
        let sender = ScriptedSender([refusal(400, word)])
        let store = try store(sender, storageClass: "COLD", encryption: "AES256")
        let remedies = ["packs/00/a", "varve.json"].map { name -> String in
            do throws(StoreError) {
                try store.put(ObjectKey(name), ObjectBody([1]))
                return "none"
            } catch {
                #expect((error.code == .misconfigured) == isExplained)
                return error.remedy
            }
        }
        let isNamed = remedies.map { $0.contains("--server-side-encryption AES256") }
        #expect(isNamed == [isExplained, isExplained])
        #expect(remedies.map { $0.contains("--storage-class COLD") } == [isExplained, false])
        // Without options it is something else.
        #expect(throws: storeError(.inputOutput)) {
            try self.store(sender).put("packs/00/a", [1])
        }
    }

    @Test func `without options a PUT has the fields of its signature alone`() throws {
        let sender = ScriptedSender([answer(200)])
        try store(sender).put("packs/00/a", [1])
        #expect(
            Set(sender.requests[0].fields.all.map { $0.name.lowercased() }) == [
                "authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
            ])
    }

    @Test func `a hash that is given is used, any other is computed`() throws {
        let sender = ScriptedSender([answer(200)])
        let store = try store(sender)
        let given = String(repeating: "ab", count: 32)
        try store.put(ObjectKey("a"), ObjectBody(parts: [[1], [2, 3]], sha256: given))
        try store.put(ObjectKey("a"), ObjectBody(parts: [[1], [], [2, 3]]))
        try store.put(ObjectKey("a"), ObjectBody([]))
        let bytes: [UInt8] = [1, 2, 3]
        let computed = bytes.withUnsafeBytes { SHA256.digest(of: $0).hexadecimal }
        #expect(
            sender.requests.map { $0.fields["x-amz-content-sha256"] } == [
                given, computed, S3Call.emptyHash,
            ])
    }

    @Test func `bodies go out in the memory that they came in`() throws {
        let sender = ScriptedSender([answer(200)])
        let parts = [[UInt8](repeating: 1, count: 100_000), [UInt8](repeating: 2, count: 5)]
        try store(sender).put(ObjectKey("a"), ObjectBody(parts: parts))
        let address = { (bytes: [UInt8]) in bytes.withUnsafeBytes { $0.baseAddress } }
        #expect(sender.requests[0].body.map(address) == parts.map(address))
    }

    @Test func `bytes stay in the memory that they came in`() throws {
        let response = answer(200, [:], body: [UInt8](repeating: 7, count: 1000))
        let store = try store(ScriptedSender([response]))
        let whole = try store.get(ObjectKey("a"), .whole)
        #expect(whole.bytes.baseAddress == response.body.bytes.baseAddress)
        let part = try store.get(ObjectKey("a"), .from(offset: 10, length: 20))
        #expect(part.bytes.baseAddress == response.body.bytes.baseAddress.map { $0 + 10 })
    }

    @Test func `ranges are asked for in S3's words`() throws {
        let sender = ScriptedSender([refusal(416, "InvalidRange")])
        let store = try store(sender)
        let ranges: [ObjectRange] = [
            .from(offset: 0, length: 1), .from(offset: 7, length: 100),
            .from(offset: UInt64.max, length: Int.max), .from(offset: 1, length: Int.max),
        ]
        for range in ranges {
            #expect(throws: storeError(.invalidRange)) { try store.get(ObjectKey("a"), range) }
        }
        #expect(
            sender.requests.map { $0.fields["range"] } == [
                "bytes=0-0", "bytes=7-106",
                "bytes=18446744073709551615-18446744073709551615",
                "bytes=1-9223372036854775807",
            ])
        #expect(
            sender.requests.allSatisfy {
                $0.fields["authorization"]?.contains("range;") == true
            })
    }

    @Test func `the end of an object is empty only where the object is`() throws {
        let server = { (size: String) in
            ScriptedSender { (request, _) throws(HTTPError) in
                request.method == .head
                    ? answer(200, ["Content-Length": size]) : refusal(416, "InvalidRange")
            }
        }
        let key = ObjectKey("a")
        #expect(try store(server("0")).get(key, .last(length: 5)).count == 0)
        let odd = try store(server("10"))
        #expect(throws: storeError(.invalidRange)) { try odd.get(key, .last(length: 5)) }
    }

    @Test func `an object that is shorter than its end is given whole`() throws {
        let server = ScriptedSender { (request, _) throws(HTTPError) in
            if request.method == .head { return answer(200, ["Content-Length": "3"]) }
            return request.fields["range"] == nil
                ? answer(200, body: [1, 2, 3]) : refusal(416, "InvalidRange")
        }
        #expect(try store(server).read("a", .last(length: 4)) == [1, 2, 3])
        #expect(server.requests.map(\.method) == [.get, .head, .get])
        #expect(throws: storeError(.invalidRange)) {
            try store(server).read("a", .last(length: 3))
        }
    }

    @Test func `a range of no bytes is a question for the size`() throws {
        let fake = FakeS3()
        fake.plant("my root/a", [1, 2, 3])
        let store = try store(fake)
        let read = { (name: String, range: ObjectRange) in
            try store.get(ObjectKey(name), range).count
        }
        #expect(try read("a", .last(length: 0)) == 0)
        #expect(try read("a", .from(offset: 2, length: 0)) == 0)
        #expect(throws: storeError(.invalidRange)) { try read("a", .from(offset: 3, length: 0)) }
        #expect(throws: storeError(.notFound)) { try read("b", .last(length: 0)) }
        #expect(throws: storeError(.notFound)) { try read("b", .from(offset: 0, length: 0)) }
        #expect(fake.requests.allSatisfy { $0.method == .head })
    }

    @Test(arguments: [nil, "", "x", "-1", "1.5", "99999999999999999999"])
    func `a HEAD without a length is a wrong answer`(_ length: String?) throws {
        let fields = length.map { ["Content-Length": $0] } ?? [:]
        let store = try store(ScriptedSender([answer(200, fields)]))
        #expect(throws: storeError(.badAnswer)) { try store.head(ObjectKey("a")) }
    }

    @Test func `a listing shows what is under the root and may be ours`() throws {
        let fake = FakeS3()
        let names = ["a", "b/c", "b/.hidden", "b//c", "b/", "b c", "\u{301}d", "e\u{301}", "z"]
        for name in names { fake.plant("r/x/\(name)") }
        for key in ["r", "r/x", "r/xa", "r/xx/a", "a", "q/r/x/a"] { fake.plant(key) }
        #expect(try store(fake, root: "r/x").names() == ["a", "b/c", "z"])
        #expect(try store(fake, root: "r/x").names("b/") == ["b/c"])
    }

    @Test func `keys that nobody asked for are left out`() throws {
        let sender = ScriptedSender([
            page(listed("other/a") + listed("my root/b") + listed("my root/a") + listed("my rootc"))
        ])
        #expect(try store(sender).names() == ["a", "b"])
    }

    @Test func `errors tell operation, object and remedy`() throws {
        let sender = ScriptedSender([refusal(403, "AccessDenied", message: "go away")])
        let store = try store(sender)
        let key = ObjectKey("index/a")
        let calls: [(StoreError.Operation, String, () throws -> Void)] = [
            (.put, "index/a", { try store.put("index/a", [1]) }),
            (.get, "index/a", { _ = try store.get(key, .whole) }),
            (.head, "index/a", { _ = try store.head(key) }),
            (.list, "index/", { _ = try store.list(prefix: "index/") }),
            (.delete, "index/a", { try store.delete([key]) }),
            (.delete, "2 objects", { try store.delete([key, ObjectKey("index/b")]) }),
        ]
        for (operation, subject, call) in calls {
            let error = try #require(#expect(throws: StoreError.self) { try call() })
            #expect(error.code == .permissionDenied && error.operation == operation)
            #expect(error.subject.hasPrefix(subject))
            #expect(error.cause.contains("go away") && error.remedy.contains("photos"))
        }
    }

    @Test func `the location names bucket, root and host`() throws {
        #expect(try store(FakeS3()).location == "s3://photos/my root at 127.0.0.1:9000")
        #expect(try store(FakeS3(), root: "/").location == "s3://photos at 127.0.0.1:9000")
    }
}

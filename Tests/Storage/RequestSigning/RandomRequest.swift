import Foundation
import HTTPTransport
import RequestSigning
import SnapshotModel
import TestSupport

/// A request in its raw parts, as both signers get it.
struct RandomRequest {
    let method: HTTPMethod
    let scheme: HTTPURL.Scheme
    let host: String
    let port: UInt16?
    let path: [UInt8]
    var query: [(name: String, value: String?)]
    let fields: [(name: String, value: String)]
    let payload: String
    let credentials: Credentials
    let region: String
    let time: Int64
    let lifetimeInSeconds: Int?

    init(using generator: inout SeededGenerator) {
        method = generator.pick([.get, .put, .head, .post, .delete])
        scheme = generator.oneIn(2) ? .http : .https
        host = generator.host()
        port = generator.pick([nil, 80, 443, 9000, UInt16(generator.number(in: 1...65_535))])
        path = generator.objectPath()
        let isPresigned = generator.oneIn(4)
        lifetimeInSeconds = isPresigned ? generator.number(in: 1...604_800) : nil
        query = generator.array(0...5) {
            ($0.awkwardText(), $0.oneIn(4) ? nil : $0.awkwardText())
        }
        if isPresigned {
            // botocore reads the query back, where only different names survive.
            var names: Set<String> = [""]
            query = query.filter { names.insert($0.name).inserted }
        } else if !query.isEmpty, generator.oneIn(3) {
            query.append((query[0].name, generator.awkwardText()))
        }
        fields = generator.array(0...5) { ($0.fieldName(), $0.fieldValue()) }
        let hash = generator.digest().hexadecimal
        payload = generator.oneIn(3) ? RequestSigner.unsignedPayload : hash
        credentials = generator.credentials()
        region = generator.pick(["us-east-1", "auto", "cn-hangzhou", "garage", "eu-central-1"])
        // Four-digit years that every library can write: up to the end of 2099.
        time = Int64(generator.number(in: 0...4_102_444_799))
    }

    /// The request with its path and query encoded by us.
    var request: HTTPRequest {
        let items = query.map { name, value in
            let name = PercentEncoding.query(name.utf8)
            return value.map { "\(name)=\(PercentEncoding.query($0.utf8))" } ?? name
        }
        let url = HTTPURL(
            scheme, host: host, port: port, path: PercentEncoding.path(path),
            query: items.joined(separator: "&"))
        var request = HTTPRequest(method, url)
        for field in fields { request.fields.append(field.name, field.value) }
        return request
    }

    /// The request as the oracle reads it; the port is given even where the scheme implies it.
    var document: [String: Any] {
        var digits: [UInt8] = []
        Hexadecimal.append(path, to: &digits)
        return [
            "method": method.rawValue, "scheme": scheme.rawValue,
            "authority": port.map { "\(host):\($0)" } ?? host,
            "path": String(decoding: digits, as: UTF8.self),
            "query": query.map { [$0.name as Any, $0.value as Any? ?? NSNull()] },
            "fields": fields.map { [$0.name, $0.value] }, "payload": payload,
            "id": credentials.accessKeyID, "secret": credentials.secretAccessKey.revealed,
            "token": credentials.sessionToken?.revealed as Any? ?? NSNull(), "region": region,
            "time": time, "lifetime": lifetimeInSeconds as Any? ?? NSNull(),
        ]
    }
}

extension SeededGenerator {
    fileprivate mutating func host() -> String {
        pick([
            "examplebucket.s3.amazonaws.com", "127.0.0.1", "localhost", "[::1]", "[2001:db8::1]",
            "b.oss-cn-hangzhou.aliyuncs.com", "x-1.example",
        ])
    }

    /// A path of a few segments, empty ones, dots and bytes that are no text among them.
    fileprivate mutating func objectPath() -> [UInt8] {
        var path: [UInt8] = []
        for _ in 0...number(in: 0...4) {
            path.append(UInt8(ascii: "/"))
            switch number(in: 0...9) {
            case 0: continue
            case 1: path += pick([".", "..", "%2F", "%", "+", "a=b"]).utf8
            case 2: path += bytes(number(in: 1...6))
            default: path += awkwardText().utf8
            }
        }
        return path
    }

    /// Up to eight characters from every plane of Unicode and all of ASCII.
    fileprivate mutating func awkwardText() -> String {
        var text = ""
        for _ in 0..<number(in: 0...8) {
            switch number(in: 0...4) {
            case 0: text.unicodeScalars.append(pick(Self.reserved))
            case 1: text.unicodeScalars.append(Unicode.Scalar(UInt8(number(in: 0...127))))
            case 2: text.unicodeScalars.append(anyScalar())
            default: text.unicodeScalars.append(pick(Self.plain))
            }
        }
        return text
    }

    private static let reserved = Array(" !\"#$%&'()*+,/:;<=>?@[\\]^`{|}~".unicodeScalars)
    private static let plain = Array("abcXYZ019-._~".unicodeScalars)

    private mutating func anyScalar() -> Unicode.Scalar {
        while true {
            let plane = UInt32(number(in: 0...16)) << 16
            if let scalar = Unicode.Scalar(plane | UInt32(number(in: 0...0xFFFF))) { return scalar }
        }
    }

    fileprivate mutating func fieldName() -> String {
        // The last ones stay unsigned.
        pick([
            "Content-Type", "content-md5", "Range", "If-Match", "If-None-Match", "X-Amz-Meta-A",
            "x-amz-meta-a", "x-amz-meta-a-b", "x-amz-storage-class", "x-amz-acl",
            "x-oss-forbid-overwrite", "X-COS-forbid-overwrite", "Cache-Control", "User-Agent",
            "Expect", "Connection", "TE", "x-amzn-trace-id",
        ])
    }

    /// Words with runs of spaces and tabs between and around them.
    fileprivate mutating func fieldValue() -> String {
        var value = ""
        for _ in 0..<number(in: 0...4) {
            value += pick(["", " ", "  ", "\t", "   \t "])
            for _ in 0..<number(in: 0...6) {
                value.unicodeScalars.append(Unicode.Scalar(UInt8(number(in: 0x21...0x7E))))
            }
            value += pick(["", " ", "     "])
        }
        return value
    }

    fileprivate mutating func credentials() -> Credentials {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcxyz+/=".unicodeScalars)
        func word(_ count: Int) -> String {
            var text = ""
            for _ in 0..<count { text.unicodeScalars.append(pick(letters)) }
            return text
        }
        // The ID is a part of the field's text, where slashes would divide it.
        let id = "AKIA\(number(in: 0...999_999))"
        return Credentials(
            accessKeyID: id, secretAccessKey: Secret(word(number(in: 1...48))),
            sessionToken: oneIn(3) ? Secret(word(number(in: 1...300))) : nil)
    }
}

import Cryptography
import HTTPTransport
import RequestSigning
import SnapshotModel
import Testing

/// Requests to S3 whose signatures are published, and some that botocore 1.43.11 has signed: all
/// with the keys and the time of the examples in AWS's documentation.
struct PublishedRequestTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = HTTPMethod.get
        var url = HTTPURL(.https, host: "examplebucket.s3.amazonaws.com")
        var path = "/"
        var query = ""
        var fields: [(String, String)] = []
        var payloadHash = RequestSigner.emptyPayloadHash
        var region = "us-east-1"
        var token: String?
        /// Not `nil` for a presigned URL.
        var lifetimeInSeconds: Int?
        let signedFields: String
        var canonicalHash: String?
        let signature: String
    }

    static let time: Int64 = 1_369_353_600  // 20130524T000000Z

    static func credentials(token: String? = nil) -> Credentials {
        Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE",
            secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            sessionToken: token.map { Secret($0) })
    }

    /// "Signature Calculations for the Authorization Header" and its neighbours in AWS's reference
    /// of the S3 API.
    static let documented = [
        Vector(
            testDescription: "get with a range", path: "/test.txt",
            fields: [("Range", "bytes=0-9")],
            signedFields: "host;range;x-amz-content-sha256;x-amz-date",
            canonicalHash: "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Vector(
            testDescription: "put", method: .put,
            path: PercentEncoding.path("/test$file.text".utf8),
            fields: [
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signedFields: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            canonicalHash: "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        // varve sends no such body; the signature of the request's head is like any other.
        Vector(
            testDescription: "begin a body in signed pieces", method: .put,
            url: HTTPURL(.https, host: "s3.amazonaws.com"), path: "/examplebucket/chunkObject.txt",
            fields: [
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("Content-Encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "66560"), ("Content-Length", "66824"),
            ],
            payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            signedFields: "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                + "x-amz-decoded-content-length;x-amz-storage-class",
            canonicalHash: "cee3fed04b70f867d036f722359b0b1f2f0e5dc0efadbc082b76c4c60e316455",
            signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"),
        Vector(
            testDescription: "get the lifecycle", query: "lifecycle",
            signedFields: "host;x-amz-content-sha256;x-amz-date",
            canonicalHash: "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Vector(
            testDescription: "list", query: "max-keys=2&prefix=J",
            signedFields: "host;x-amz-content-sha256;x-amz-date",
            canonicalHash: "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        Vector(
            testDescription: "presigned get", path: "/test.txt", lifetimeInSeconds: 86_400,
            signedFields: "host",
            canonicalHash: "3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04",
            signature: "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
    ]

    static let compared = [
        Vector(
            testDescription: "awkward key",
            url: HTTPURL(.https, host: "b.s3.us-west-2.amazonaws.com"),
            path: PercentEncoding.path("/a//b/../c +~*(é)/".utf8), region: "us-west-2",
            signedFields: "host;x-amz-content-sha256;x-amz-date",
            signature: "f0fd65ae7ed4432ed596b02f568faff81474ce748b0f3bebe616c9a5e9c4ee3a"),
        Vector(
            testDescription: "port, token, awkward query",
            url: HTTPURL(.http, host: "127.0.0.1", port: 9000), path: "/bkt",
            query: PercentEncoding.canonicalQuery([
                ("list-type", "2"), ("prefix", "a b/é+~"), ("delimiter", "/"), ("uploads", ""),
            ]),
            token: "TOK/+=",
            signedFields: "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
            signature: "f15de59bbff4385c098bcbee757eebee88fe840ab7374d796bc623d275834ce9"),
        Vector(
            testDescription: "delete many", method: .post, query: "delete",
            fields: [
                ("Content-MD5", "5DKh5iefM5MSKvRILIuFwQ=="), ("Content-Type", "application/xml"),
            ],
            payloadHash: "3772c7c4b33a45c00daf1adda33bcbd10adf4d689257b04268b77f09731fc85d",
            signedFields: "content-md5;content-type;host;x-amz-content-sha256;x-amz-date",
            signature: "748aedfb512192a7795fba4ee3542653a5e4ce590deaeb1feab0246797057aa5"),
        Vector(
            testDescription: "conditional put without a hash", method: .put,
            url: HTTPURL(
                .https, host: "0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com"),
            path: "/bkt/data/00/ff",
            fields: [("If-None-Match", "*"), ("Content-Type", "application/octet-stream")],
            payloadHash: RequestSigner.unsignedPayload, region: "auto",
            signedFields: "content-type;host;if-none-match;x-amz-content-sha256;x-amz-date",
            signature: "608a214025190b6295154ff99b5451ecb2b40a389e6155b2635507fb8d1bb312"),
        Vector(
            testDescription: "unsorted query",
            query: "prefix=A&marker=b%3D&max-keys=1&aB=1&a=2&a-b=3",
            signedFields: "host;x-amz-content-sha256;x-amz-date",
            signature: "4afb97923526d9c38135411592219683dcb325e358df7d24322fe773a36aa6bb"),
        Vector(
            testDescription: "presigned get with a token", path: "/test.txt", token: "TOK/+=",
            lifetimeInSeconds: 86_400, signedFields: "host",
            signature: "f11da276358197364213eca18d368805a02c60da46e636361a1055dea0daee55"),
    ]

    @Test(arguments: documented + compared)
    func requestsHaveTheirPublishedSignatures(vector: Vector) {
        var url = vector.url
        url.path = vector.path
        url.query = vector.query
        var request = HTTPRequest(vector.method, url)
        for (name, value) in vector.fields { request.fields.append(name, value) }
        let signer = RequestSigner()
        let credentials = Self.credentials(token: vector.token)
        let steps: SigningSteps
        if let lifetime = vector.lifetimeInSeconds {
            steps = signer.presign(
                &request, with: credentials, lifetimeInSeconds: lifetime, region: vector.region,
                time: Self.time)
            #expect(request.url.query.hasSuffix("&X-Amz-Signature=\(vector.signature)"))
            #expect(request.fields.all.isEmpty)
        } else {
            steps = signer.sign(
                &request, with: credentials, payloadHash: vector.payloadHash,
                region: vector.region, time: Self.time)
            #expect(
                request.fields["Authorization"]
                    == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/"
                    + "\(vector.region)/s3/aws4_request, SignedHeaders=\(vector.signedFields), "
                    + "Signature=\(vector.signature)")
            #expect(request.fields["x-amz-date"] == "20130524T000000Z")
            #expect(request.fields["x-amz-content-sha256"] == vector.payloadHash)
            #expect(request.fields["x-amz-security-token"] == vector.token)
        }
        #expect(steps.signature == vector.signature)
        if let hash = vector.canonicalHash {
            let bytes = Array(steps.canonicalRequest.utf8)
            #expect(bytes.withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal == hash)
            #expect(steps.stringToSign.hasSuffix("\n" + hash))
        }
    }

    /// What the example of a presigned URL looks like in the documentation.
    @Test func aPresignedURLReadsAsDocumented() {
        var url = HTTPURL(.https, host: "examplebucket.s3.amazonaws.com")
        url.path = "/test.txt"
        var request = HTTPRequest(.get, url)
        RequestSigner().presign(
            &request, with: Self.credentials(), lifetimeInSeconds: 86_400, region: "us-east-1",
            time: Self.time)
        #expect(
            request.url.description
                == "https://examplebucket.s3.amazonaws.com/test.txt"
                + "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
                + "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
                + "&X-Amz-SignedHeaders=host&X-Amz-Signature="
                + "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }
}

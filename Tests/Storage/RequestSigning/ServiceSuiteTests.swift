import HTTPTransport
import RequestSigning
import Testing

/// Requests to an imaginary service with the signatures that AWS publishes for them: the test suite
/// of Signature Version 4, in the cases without normalised paths, as S3 has none.
struct ServiceSuiteTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = HTTPMethod.get
        var path = "/"
        var query = ""
        var fields: [(String, String)] = []
        var token: String?
        var lifetimeInSeconds: Int?
        let signature: String

        init(
            _ name: String, _ method: HTTPMethod = .get, path: String = "/", query: String = "",
            fields: [(String, String)] = [], token: String? = nil, _ signature: String
        ) {
            testDescription = name
            self.method = method
            self.path = PercentEncoding.path(path.utf8)
            self.query = query
            self.fields = fields
            self.token = token
            self.signature = signature
        }

        /// The same as a presigned URL, valid for an hour.
        var presigned: Self {
            var copy = self
            copy.lifetimeInSeconds = 3600
            return copy
        }
    }

    private static let unreserved =
        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let shortToken =
        "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
    private static let longToken =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmx"
        + "fpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy"
        + "0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64"
        + "lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
    private static let duplicates = [
        ("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1"),
    ]
    private static let encodedOrder = "Param-3=Value3&Param=Value2&%E1%88%B4=Value1"

    static let paths = [
        Vector(
            "relative", path: "/example/..",
            "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282"),
        Vector(
            "relative twice", path: "/example1/example2/../..",
            "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b"),
        Vector(
            "slash dot slash", path: "/./",
            "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145"),
        Vector(
            "pointless dot", path: "/./example",
            "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff"),
        Vector(
            "two slashes", path: "//",
            "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e"),
        Vector(
            "slashes everywhere", path: "//example//",
            "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"),
        Vector(
            "unreserved path", path: "/\(unreserved)",
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Vector(
            "path of another script", path: "/ሴ",
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        Vector(
            "path with a space", path: "/example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
    ]

    static let queries = [
        Vector(
            "no query", .get,
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector(
            "one item", query: "Param1=value1",
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        Vector(
            "order of items", query: "Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Vector(
            "order as encoded", query: encodedOrder,
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
        Vector(
            "unreserved query", query: "\(unreserved)=\(unreserved)",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        Vector(
            "query of another script", query: "\(PercentEncoding.query("ሴ".utf8))=bar",
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        Vector(
            "post with a query", .post, query: "Param1=value1",
            "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    ]

    static let fields = [
        Vector(
            "field given thrice", fields: duplicates,
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
        Vector(
            "values keep their order",
            fields: ["value4", "value1", "value3", "value2"].map { ("My-Header1", $0) },
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
        Vector(
            "values are trimmed",
            fields: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Vector(
            "values on three lines",
            fields: ["value1", "  value2", "     value3"].map { ("My-Header1", $0) },
            "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790"),
        Vector("post", .post, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Vector(
            "names are sorted", .post, fields: [("My-Header1", "value1")],
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        Vector(
            "values keep their case", .post, fields: [("My-Header1", "VALUE1")],
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
        Vector(
            "short token", token: shortToken,
            "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
        Vector(
            "long token", .post, token: longToken,
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    ]

    static let presigned = [
        Vector(
            "presigned path of another script", path: "/ሴ",
            "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"),
        Vector(
            "presigned fields", fields: duplicates,
            "3349ee0b81b4b589da0ff28a395c3591e04de515651dd74f298fa992d1507a97"),
        Vector(
            "presigned order as encoded", query: encodedOrder,
            "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787"),
        Vector(
            "presigned pointless dot", path: "/./example",
            "72b11f16d9530b18204bfb71f2d6ab085894c0ed8d352730a6e76234c58b5e10"),
        Vector(
            "presigned query", query: "Param1=value1",
            "49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de"),
        Vector(
            "presigned post", .post,
            "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"),
    ].map(\.presigned)

    @Test(arguments: paths + queries + fields + presigned)
    func requestsHaveTheirPublishedSignatures(vector: Vector) {
        let signer = RequestSigner(service: "service")
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            sessionToken: vector.token.map { Secret($0) })
        let url = HTTPURL(
            .https, host: "example.amazonaws.com", path: vector.path, query: vector.query)
        var request = HTTPRequest(vector.method, url)
        for (name, value) in vector.fields { request.fields.append(name, value) }
        let time: Int64 = 1_440_938_160  // 20150830T123600Z
        let steps =
            if let lifetime = vector.lifetimeInSeconds {
                signer.presign(
                    &request, with: credentials, lifetimeInSeconds: lifetime,
                    payloadHash: RequestSigner.emptyPayloadHash, region: "us-east-1", time: time)
            } else {
                signer.sign(
                    &request, with: credentials, payloadHash: RequestSigner.emptyPayloadHash,
                    region: "us-east-1", time: time)
            }
        #expect(steps.signature == vector.signature, "\(steps.canonicalRequest)")
    }
}

import Cryptography
import SnapshotModel
import Testing

struct MD5Tests {
    /// The test suite of RFC 1321 appendix A.5.
    static let vectors: [(message: String, digest: String)] = [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "d174ab98d277d9f5a5611c2c9f419d9f"
        ),
        (
            String(repeating: "1234567890", count: 8),
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
    ]

    @Test(arguments: 0..<7)
    func givesTheDigestsOfThePublishedSuite(number: Int) {
        let (message, digest) = Self.vectors[number]
        var text: [UInt8] = []
        Hexadecimal.append(Array(message.utf8).withUnsafeBytes { MD5.digest(of: $0) }, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == digest)
    }

    /// The first as in RFC 1864 section 2's form for no bytes; the other is signed by another tool.
    @Test(arguments: [
        ("", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("<Delete><Object><Key>k</Key></Object></Delete>", "5DKh5iefM5MSKvRILIuFwQ=="),
    ])
    func theFieldHoldsTheDigestInBase64(message: String, field: String) {
        #expect(Array(message.utf8).withUnsafeBytes { MD5.contentMD5(of: $0) } == field)
    }
}

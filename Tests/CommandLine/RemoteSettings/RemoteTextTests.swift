import Cryptography
import Foundation
import RemoteSettings
import RequestSigning
import SnapshotModel
import TestSupport
import Testing

/// Remotes as strings that go from one machine to another.
struct RemoteTextTests {
    private static let keys = Credentials(
        accessKeyID: "AKID", secretAccessKey: Secret("VERY/SECRET+KEY"),
        sessionToken: Secret("TOKEN"))
    private static let passphrase = Secret("correct horse")

    private static func remote() -> Remote {
        var remote = Remote(bucket: "photos")
        remote.endpoint = "https://s3.example.org"
        remote.region = "eu-central-1"
        remote.rootPath = "a/b \u{E9}"
        remote.accessKeyID = "AKID"
        remote.secret = .value(keys.secretAccessKey)
        remote.sessionToken = keys.sessionToken
        remote.authoritiesPath = "/etc/ca.pem"
        return remote
    }

    private static func sealed() throws -> RemoteText {
        var generator = SeededGenerator(seed: 1)
        let text = try RemoteText(
            name: "cloud", remote(), keys, passphrase: passphrase, random: { generator.bytes($0) })
        return try #require(text)
    }

    /// The settings of a remote whose every field is drawn.
    private func drawn(_ generator: inout SeededGenerator) -> Remote {
        func field() -> String? {
            let letters = Array("abcXYZ019-._/: \u{E9}\u{65E5}\\\"{}'".map(String.init))
            return generator.oneIn(3)
                ? nil
                : (0..<generator.number(in: 1...30)).map { _ in generator.pick(letters) }.joined()
        }
        var remote = Remote(bucket: field() ?? "b")
        remote.provider = field()
        remote.endpoint = field()
        remote.region = field()
        remote.rootPath = field()
        remote.accessKeyID = field()
        remote.profile = field()
        remote.addressing = field()
        remote.storageClass = field()
        remote.serverSideEncryption = field()
        return remote
    }

    @Test(arguments: seeds(count: 50))
    func `settings come back as they were`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let remote = drawn(&generator)
        let text = try RemoteText(name: "cloud", remote).text
        #expect(text.utf8.allSatisfy { Self.isHarmless($0) })
        let read = try RemoteText(text)
        #expect(read.name == "cloud")
        #expect(read.remote == remote)
        #expect(!read.hasSecrets)
        #expect(try read.opened(with: Self.passphrase) == remote)
    }

    /// What no shell and no chat makes anything of.
    private static func isHarmless(_ byte: UInt8) -> Bool {
        Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
            || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
    }

    @Test func `secrets and paths of this machine are left out`() throws {
        let text = try RemoteText(RemoteText(name: "cloud", Self.remote()).text)
        #expect(text.remote.secret == nil && text.remote.sessionToken == nil)
        #expect(text.remote.authoritiesPath == nil)
        #expect(text.remote.accessKeyID == "AKID")
    }

    @Test func `sealed secrets open with the passphrase, and with no other`() throws {
        let text = try Self.sealed().text
        let read = try RemoteText(text)
        #expect(read.hasSecrets)
        var expected = Self.remote()
        expected.authoritiesPath = nil
        #expect(read.remote.secret == nil)
        #expect(try read.opened(with: Self.passphrase) == expected)
        for other in ["", "correct hors", "Correct horse"] {
            #expect(throws: RemoteTextError.wrongPassphrase) {
                try read.opened(with: Secret(other))
            }
        }
        for secret in ["SECRET", "TOKEN", "correct"] {
            let plain = try #require(Self.payload(text))
            #expect(!plain.indices.contains { plain[$0...].starts(with: secret.utf8) })
        }
    }

    @Test func `two strings of one remote have nothing of the seal in common`() throws {
        var generator = SeededGenerator(seed: 2)
        let texts = try (0..<2).map { _ in
            try RemoteText(
                name: "cloud", Self.remote(), Self.keys, passphrase: Self.passphrase,
                random: { generator.bytes($0) })
        }
        #expect(texts[0] != texts[1])
    }

    @Test func `a string that is cut off, or has a wrong letter, is told as such`() throws {
        let text = try Self.sealed().text
        for length in text.indices.dropFirst("varve-remote-1.".count) {
            #expect(throws: RemoteTextError.damaged) { try RemoteText(String(text[..<length])) }
        }
        for index in text.indices.dropFirst("varve-remote-1.".count) {
            var other = text
            other.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            #expect(throws: RemoteTextError.damaged) { try RemoteText(other) }
        }
    }

    @Test func `no bit of a string may be another`() throws {
        var lengths: Set<Int> = []
        for count in 1...3 {
            // Three lengths, so that the last letter has bits to spare in two of them.
            let name = String(repeating: "n", count: count)
            let text = Array(try RemoteText(name: name, Remote(bucket: "b")).text.utf8)
            lengths.insert(text.count % 4)
            for bit in 0..<8 * text.count {
                var other = text
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: RemoteTextError.self, "bit \(bit)") {
                    try RemoteText(String(decoding: other, as: UTF8.self))
                }
            }
        }
        #expect(lengths.count == 3)
    }

    @Test func `what a later version adds is authenticated as it came`() throws {
        let json = #"{"name":"a","new":[1],"remote":{"newer":"x","bucket":"b"}}"#
        let length = withUnsafeBytes(of: UInt32(json.utf8.count).bigEndian) { Array($0) }
        let text = Self.text(length + Array(json.utf8))
        let read = try RemoteText(text)
        #expect(read.remote == Remote(bucket: "b"))
        #expect(read.text == text)
    }

    @Test(arguments: ["", "hello", "varve-remote-", "varve-remote-x.AAAA", "varve_remote-1.AAAA"])
    func `other texts are none`(text: String) {
        #expect(throws: RemoteTextError.self) { try RemoteText(text) }
    }

    @Test func `a newer version is told as such, and a huge text is not read`() {
        #expect(throws: RemoteTextError.newer) { try RemoteText("varve-remote-2.AAAA") }
        let huge = "varve-remote-1." + String(repeating: "A", count: 100_000)
        #expect(throws: RemoteTextError.notOne) { try RemoteText(huge) }
    }

    @Test func `whoever alters the settings gets no secret sent elsewhere`() throws {
        let text = try Self.sealed().text
        var bytes = try #require(Self.payload(text))
        let place = try #require(
            bytes.indices.first { bytes[$0...].starts(with: "s3.example.org".utf8) })
        bytes[place] = UInt8(ascii: "x")
        let altered = try RemoteText(Self.text(bytes))
        #expect(altered.remote.endpoint == "https://x3.example.org")
        #expect(throws: RemoteTextError.wrongPassphrase) {
            try altered.opened(with: Self.passphrase)
        }
    }

    @Test func `a string that asks for too much work is refused at once`() throws {
        let bytes = try #require(Self.payload(Self.sealed().text))
        let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        for logN in [20, 31, 64, 255] as [UInt8] {
            var costly = bytes
            costly[4 + length] = logN
            #expect(throws: RemoteTextError.damaged) { try RemoteText(Self.text(costly)) }
        }
    }

    @Test(arguments: [
        #"{"name":"a","remote":{"bucket":"b","secretAccessKey":"x"}}"#,
        #"{"name":"a","remote":{"bucket":"b","caFile":"/x"}}"#,
        #"{"name":"a","remote":{"bucket":"b","secretAccessKeyCommand":"rm -rf /"}}"#,
        "{\"name\":\"a\",\"remote\":{\"bucket\":\"b\\u001b[2J\"}}",
        "{\"name\":\"a\",\"remote\":{\"bucket\":\"b\",\"region\":\"x\\ny\"}}",
        #"{"name":"a","remote":{}}"#, #"{"name":"a"}"#, "[]", "",
        String(repeating: "[", count: 9_000),
    ])
    func `settings that nobody has exported are refused`(json: String) {
        let length = withUnsafeBytes(of: UInt32(json.utf8.count).bigEndian) { Array($0) }
        #expect(throws: RemoteTextError.damaged) {
            try RemoteText(Self.text(length + Array(json.utf8)))
        }
    }

    /// What a string holds, without its checksum.
    private static func payload(_ text: String) -> [UInt8]? {
        var base64 = text.dropFirst("varve-remote-1.".count)
            .replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return Data(base64Encoded: String(base64)).map { Array($0.dropLast(8)) }
    }

    /// A string with a right checksum.
    private static func text(_ payload: [UInt8]) -> String {
        let digest = payload.withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal
        let checksum = bytes(hexadecimal: digest).prefix(8)
        let base64 = Data(payload + checksum).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return "varve-remote-1." + base64
    }
}

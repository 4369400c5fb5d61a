// A remote as one string, to be carried to another machine (Specs/cli.md, remote export):
//
//     varve-remote-1.BASE64URL
//
//     length of the settings (4, big-endian) | settings, JSON | seal or nothing | checksum (8)
//     seal: log2 of scrypt's N (1) | salt (16) | nonce (12) | box with the secrets, JSON
//
// Settings are plain to read; secrets are only in the box. The box authenticates everything before
// it, byte for byte, so nobody can lead the secrets to another bucket. The checksum tells a string
// that was cut off from a wrong passphrase.

import Cryptography
package import RequestSigning
import SnapshotModel

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// A string that holds a remote's settings.
package struct RemoteText: Hashable, Sendable {
    /// The remote's name where it was exported.
    package let name: String
    /// The settings, without secrets.
    package let remote: Remote

    /// The settings as they are in the string, with their length in front: what a later version
    /// may write in other ways, or with other members, is authenticated as it came.
    private let settings: [UInt8]
    /// The secrets as they are in the string; `nil` when they are not.
    private let seal: Seal?

    private struct Seal: Hashable, Sendable {
        let head: [UInt8]
        let box: [UInt8]
    }

    private struct Settings: Codable {
        var name: String
        var remote: Remote
    }

    private struct Secrets: Codable {
        var secretAccessKey: String
        var sessionToken: String?
    }

    private static let family = "varve-remote-"
    private static let version = "1"
    private static let checksumBytes = 8
    private static let saltBytes = 16
    private static let limitInBytes = 64 * 1024
    /// More memory than 512 MiB no string may ask for.
    private static let mostLogN: UInt8 = 19

    /// The settings of a remote, without secrets and without what belongs to this machine.
    package init(name: String, _ remote: Remote) throws {
        var remote = remote
        remote.secret = nil
        remote.sessionToken = nil
        remote.authoritiesPath = nil
        self.name = name
        self.remote = remote
        let json = try Self.encoder.encode(Settings(name: name, remote: remote))
        settings = withUnsafeBytes(of: UInt32(json.count).bigEndian) { Array($0) } + json
        seal = nil
    }

    /// The settings of a remote with its secrets, which a passphrase opens.
    /// - Parameter random: draws so many bytes.
    /// - Returns: `nil` when there is not enough memory.
    package init?(
        name: String, _ remote: Remote, _ credentials: Credentials, passphrase: Secret,
        random: (Int) -> [UInt8]
    ) throws {
        let plain = try RemoteText(name: name, remote)
        let cost = Scrypt.Cost.usual
        let (salt, nonce) = (random(Self.saltBytes), random(SealedBox.nonceBytes))
        let head = [cost.logN] + salt + nonce
        guard let key = Self.key(passphrase, salt: salt, cost) else { return nil }
        let secrets = Secrets(
            secretAccessKey: credentials.secretAccessKey.revealed,
            sessionToken: credentials.sessionToken?.revealed)
        let box = SealedBox.seal(
            Array(try Self.encoder.encode(secrets)),
            authenticated: plain.settings + head, key: key, nonce: nonce)
        self.name = plain.name
        self.remote = plain.remote
        settings = plain.settings
        seal = Seal(head: head, box: box)
    }

    /// Whether the secrets are in it.
    package var hasSecrets: Bool { seal != nil }

    /// The string.
    package var text: String {
        let bytes = settings + (seal.map { $0.head + $0.box } ?? [])
        return Self.family + Self.version + "." + Self.base64(bytes + Self.checksum(bytes))
    }

    /// Reads a string.
    /// - Throws: `RemoteTextError`.
    package init(_ text: String) throws(RemoteTextError) {
        let bytes = try Self.bytes(of: text)
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= 4 + length else { throw .damaged }
        let read: Settings
        do {
            read = try JSONDecoder().decode(Settings.self, from: Data(bytes[4..<4 + length]))
        } catch {
            throw .damaged
        }
        guard read.remote.secret == nil, read.remote.sessionToken == nil,
            read.remote.authoritiesPath == nil, Self.isPlain(read)
        else { throw .damaged }
        name = read.name
        remote = read.remote
        settings = Array(bytes[..<(4 + length)])
        let rest = Array(bytes[(4 + length)...])
        let headBytes = 1 + Self.saltBytes + SealedBox.nonceBytes
        if rest.isEmpty {
            seal = nil
        } else {
            guard rest.count > headBytes + SealedBox.tagBytes, rest[0] <= Self.mostLogN else {
                throw .damaged
            }
            seal = Seal(head: Array(rest[..<headBytes]), box: Array(rest[headBytes...]))
        }
    }

    /// The settings with the secrets.
    /// - Throws: `RemoteTextError` `.wrongPassphrase`, `.tooCostly`, `.damaged`.
    package func opened(with passphrase: Secret) throws(RemoteTextError) -> Remote {
        guard let seal else { return remote }
        let salt = Array(seal.head[1...Self.saltBytes])
        let nonce = Array(seal.head[(1 + Self.saltBytes)...])
        let usual = Scrypt.Cost.usual
        let cost = Scrypt.Cost(logN: seal.head[0], r: usual.r, p: usual.p)
        do {
            guard let key = Self.key(passphrase, salt: salt, cost) else {
                throw RemoteTextError.tooCostly
            }
            let plain = SealedBox.open(
                seal.box, authenticated: settings + seal.head, key: key, nonce: nonce)
            guard let plain else { throw RemoteTextError.wrongPassphrase }
            let secrets = try JSONDecoder().decode(Secrets.self, from: Data(plain))
            var opened = remote
            opened.secret = .value(Secret(secrets.secretAccessKey))
            opened.sessionToken = secrets.sessionToken.map(Secret.init)
            return opened
        } catch let error as RemoteTextError {
            throw error
        } catch {
            throw .damaged
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private static func key(
        _ passphrase: Secret, salt: [UInt8], _ cost: Scrypt.Cost
    ) -> SecretBytes? {
        Scrypt.key(from: passphrase.revealed, salt: salt, cost, count: SealedBox.keyBytes)
    }

    /// Base 64 for URLs, without padding: RFC 4648 section 5.
    private static func base64(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString().map { character in
            character == "+" ? "-" : character == "/" ? "_" : character
        }
        return String(text.filter { $0 != "=" })
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var digest: [UInt8] = []
        bytes.withUnsafeBytes { SHA256.digest(of: $0) }.append(to: &digest)
        return Array(digest.prefix(checksumBytes))
    }

    /// The bytes of a string in front of its checksum, once that is right.
    private static func bytes(of text: String) throws(RemoteTextError) -> [UInt8] {
        guard text.hasPrefix(family), text.utf8.count <= limitInBytes else { throw .notOne }
        let parts = text.dropFirst(family.count).split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .damaged }
        guard parts[0] == version else {
            throw parts[0].allSatisfy(\.isNumber) ? .newer : .notOne
        }
        var base64 = String(parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        // Encoding again refuses stray bits behind the last byte, and letters of other alphabets.
        guard let data = Data(base64Encoded: base64), data.count > checksumBytes + 4,
            Self.base64(Array(data)) == parts[1]
        else { throw .damaged }
        let bytes = Array(data.dropLast(checksumBytes))
        guard Array(data.suffix(checksumBytes)) == checksum(bytes) else { throw .damaged }
        return bytes
    }

    /// Whether no text could command a terminal, or end a line of a configuration.
    private static func isPlain(_ settings: Settings) -> Bool {
        let remote = settings.remote
        let texts = [
            settings.name, remote.bucket, remote.provider, remote.endpoint, remote.region,
            remote.rootPath, remote.accessKeyID, remote.profile, remote.addressing,
            remote.storageClass, remote.serverSideEncryption,
        ]
        return texts.compactMap { $0 }.allSatisfy { text in
            DisplayText.escape(text.utf8) == text.replacing("\\", with: "\\\\")
        }
    }
}

/// Why a string gives no remote.
package enum RemoteTextError: Error, Hashable, Sendable {
    /// It is no such string.
    case notOne
    /// A newer varve has written it.
    case newer
    /// It was cut off, mistyped or altered.
    case damaged
    /// There is not enough memory to try the passphrase.
    case tooCostly
    /// The passphrase does not open it.
    case wrongPassphrase
}

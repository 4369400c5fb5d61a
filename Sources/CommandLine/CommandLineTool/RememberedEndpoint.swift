import Cryptography
import FileHandles
import S3Store
import SnapshotModel

/// What a run has found out about a bucket's endpoint, kept in the cache directory so that the next
/// one need not ask: how the bucket is addressed, and the region that it is really in.
///
/// One small file for each bucket, which may be deleted at any time.
struct RememberedEndpoint: Equatable {
    private static let folder = Array("endpoints".utf8)
    private static let limitInBytes = 256
    private static let unknown = "-"
    /// The digits of a file's name.
    private static let nameLength = 32

    var addressing: S3Addressing?
    var region: String?

    /// What calls have proven, as far as the settings do not tell it.
    init(_ endpoint: S3Endpoint, region: String, addressing: S3Addressing) {
        self.addressing = endpoint.candidates == [addressing] ? nil : addressing
        self.region = region == endpoint.region ? nil : region
    }

    /// Reads what is known of an endpoint; a damaged file is none.
    init(of endpoint: S3Endpoint, cacheDirectory: [UInt8]) {
        guard let file = try? MappedFile(path: Self.path(endpoint, cacheDirectory)),
            file.bytes.count <= Self.limitInBytes
        else { return }
        let words = withExtendedLifetime(file) { String(decoding: file.bytes, as: UTF8.self) }
            .split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 2 else { return }
        addressing = S3Addressing(rawValue: words[0])
        region = words[1] != Self.unknown && S3Endpoint.isRegion(words[1]) ? words[1] : nil
    }

    /// Writes what is known; where that fails the next run asks again.
    func save(for endpoint: S3Endpoint, cacheDirectory: [UInt8]) {
        let text = "\(addressing?.rawValue ?? Self.unknown) \(region ?? Self.unknown)\n"
        do {
            try FileHandle.makeDirectories(
                path: cacheDirectory.appending(component: Self.folder), mode: 0o700)
            let file = try ReplacedFile(path: Self.path(endpoint, cacheDirectory))
            try Array(text.utf8).withUnsafeBytes { try file.append($0) }
            try file.finish()
        } catch {
            // The cache is a convenience.
            return
        }
    }

    /// What is known of all endpoints.
    static func usage(cacheDirectory: [UInt8]) -> FolderUsage {
        LocalFolder(path: cacheDirectory.appending(component: folder)).usage(where: isOurs)
    }

    /// Forgets all endpoints.
    /// - Returns: what was removed.
    static func clear(cacheDirectory: [UInt8]) -> FolderUsage {
        let endpoints = LocalFolder(path: cacheDirectory.appending(component: folder))
        let removed = endpoints.removeFiles(where: isOurs)
        endpoints.removeIfEmpty()
        return removed
    }

    /// The files of `save`, and what a killed process has left half-written.
    private static func isOurs(_ name: String) -> Bool {
        let digits = name.prefix { $0 != "." }
        return digits.utf8.count == nameLength && digits.allSatisfy(\.isHexDigit)
            && (digits.count == name.count || name.hasSuffix(".new"))
    }

    /// By the settings as they are given: what was found out must not change the name.
    private static func path(_ endpoint: S3Endpoint, _ cacheDirectory: [UInt8]) -> [UInt8] {
        let text = "\(endpoint.url(.path)) \(endpoint.region)"
        let name = Array(text.utf8).withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal
        return cacheDirectory.appending(component: folder)
            .appending(component: Array(name.prefix(nameLength).utf8))
    }
}

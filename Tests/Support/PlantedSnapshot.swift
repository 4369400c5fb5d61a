import Cryptography
import Foundation
import RepositoryFormat
import SnapshotModel

/// A snapshot of the same tree as another one, as a machine with another clock and another name
/// would have made it.
package struct PlantedSnapshot: Sendable {
    /// The digits of its ID.
    package let id: String
    /// The name of its manifest below the root path.
    package let name: String
    /// The bytes of its manifest.
    package let document: [UInt8]

    /// - Parameters:
    ///   - document: the manifest of the other one.
    ///   - number: becomes the first eight digits of the ID, decimal; zeros follow.
    ///   - time: such as `2026-11-23T19:55:01Z`.
    ///   - host: `nil` for that of the other one, as for paths.
    package init(
        like document: [UInt8], number: Int, time: String, host: String? = nil,
        paths: [String]? = nil, tags: [String] = []
    ) throws {
        var manifest = try document.withUnsafeBytes { bytes in
            try DocumentCodec.decodeManifest(bytes, hash: SHA256.digest)
        }
        let first = String(repeating: "0", count: 8 - "\(number)".count) + "\(number)"
        guard let id = SnapshotID(hexadecimal: first + String(repeating: "0", count: 24)),
            let moment = CalendarTime.parse(iso8601: time)
        else { throw CocoaError(.formatting) }
        manifest.id = id
        manifest.time = moment
        manifest.host = host ?? manifest.host
        manifest.paths = paths.map { $0.map { Array($0.utf8) } } ?? manifest.paths
        manifest.tags = tags.sorted()
        self.id = "\(id)"
        name = ObjectNames.manifest(id, time: moment)
        self.document = DocumentCodec.encode(manifest, hash: SHA256.digest)
    }
}

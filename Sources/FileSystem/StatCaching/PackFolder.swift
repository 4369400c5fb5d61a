import FileHandles
package import SnapshotModel

/// Local copies of small packs that this machine has stored in a repository. Nothing here fails:
/// what cannot be written is not kept, and what cannot be read is not there.
package struct PackFolder: Sendable {
    private let folder: LocalFolder
    private let suffix: String

    init(_ folder: LocalFolder, suffix: String) {
        self.folder = folder
        self.suffix = suffix
    }

    /// The packs, with the sizes of their files in bytes.
    package var packs: [(id: PackID, sizeInBytes: UInt64)] {
        folder.files.compactMap { name, status in
            Self.pack(name, suffix: suffix).map { ($0, status.sizeInBytes) }
        }
    }

    /// The pack that a file is a copy of; `nil` for any other file.
    static func pack(_ name: String, suffix: String) -> PackID? {
        guard name.hasSuffix(suffix) else { return nil }
        return PackID(hexadecimal: String(name.dropLast(suffix.count)))
    }

    /// The bytes of a pack, as they are there.
    package func bytes(of pack: PackID) -> [UInt8]? {
        (try? MappedFile(path: path(pack))).map { file in
            withExtendedLifetime(file) { Array(file.bytes) }
        }
    }

    /// Keeps a pack.
    /// - Parameter parts: its bytes, one part behind the other.
    package func keep(_ pack: PackID, parts: [[UInt8]]) {
        do {
            let file = try ReplacedFile(path: path(pack))
            for part in parts { try part.withUnsafeBytes { try file.append($0) } }
            try file.finish()
        } catch {
            // A full disk, or no folder: then the pack is not gathered.
            return
        }
    }

    /// Keeps packs no longer.
    package func drop(_ packs: [PackID]) {
        for pack in packs { try? FileHandle.remove(path: path(pack)) }
    }

    private func path(_ pack: PackID) -> [UInt8] { folder.appending("\(pack)\(suffix)").path }
}

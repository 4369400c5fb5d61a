import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel

/// The kinds of what is kept; each has a folder of this name.
enum CacheKind: String, CaseIterable {
    /// Index tables, as they are: their names are their hashes.
    case indexes
    /// Manifests and the description, within a `CacheEntry`.
    case manifests
    /// Parts of packs that hold listings, within a `CacheEntry`.
    case listings
    /// The names of condemned packs, within a `CacheEntry`.
    case condemned
}

/// What is kept of an object, and where.
struct CachedObject: Hashable, Sendable {
    let kind: CacheKind
    /// The name of the local file.
    let fileName: String
    /// What the file is about: the object's name, for a part with its place.
    let label: String

    static let description = CachedObject(
        kind: .manifests, fileName: ObjectNames.description, label: ObjectNames.description)

    private init(kind: CacheKind, fileName: String, label: String) {
        self.kind = kind
        self.fileName = fileName
        self.label = label
    }

    /// Names that a listing has shown, which prove that a repository is the one it was.
    static func witnesses(_ prefix: String) -> CachedObject {
        CachedObject(kind: .manifests, fileName: "\(prefix.dropLast()).seen", label: prefix)
    }

    /// A whole object; `nil` for one of a kind that is not kept.
    init?(_ key: ObjectKey) {
        let name = key.description
        if let table = ObjectNames.tableID(name) {
            self.init(kind: .indexes, fileName: "\(table)", label: name)
        } else if case .condemned = ProtocolMarker(name: name) {
            let fileName = String(name.dropFirst(ObjectNames.indexes.count))
            self.init(kind: .condemned, fileName: fileName, label: name)
        } else if name == ObjectNames.description {
            self.init(kind: .manifests, fileName: name, label: name)
        } else if ObjectNames.snapshotID(name) != nil {
            let fileName = String(name.dropFirst(ObjectNames.snapshots.count))
            self.init(kind: .manifests, fileName: fileName, label: name)
        } else {
            return nil
        }
    }

    /// A part of a pack; `nil` for any other object, and for a part that counts from the end.
    init?(_ key: ObjectKey, _ range: ObjectRange) {
        guard let pack = ObjectNames.packID(key.description),
            case .from(let offset, let length) = range
        else { return nil }
        self.init(
            kind: .listings, fileName: "\(pack)-\(offset)-\(length)",
            label: "\(key) \(offset) \(length)")
    }

    /// The digits of a pack's name, with which the file names of all its parts begin.
    static func prefix(ofPack key: ObjectKey) -> String? {
        ObjectNames.packID(key.description).map { "\($0)-" }
    }

    /// Whether the bytes are what an object of the name must be. What a store has shown wrongly
    /// once must not be shown for ever.
    func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch kind {
        case .indexes: SHA256.digest(of: bytes) == Digest256(hexadecimal: fileName)
        // Whoever reads it verifies every chunk, and says when one is wrong.
        case .listings: true
        case .manifests: isValidDocument(bytes)
        case .condemned: (try? MarkerList.decodePacks(bytes, hash: SHA256.digest)) != nil
        }
    }

    private func isValidDocument(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if label == ObjectNames.description {
            return (try? DocumentCodec.decodeDescription(bytes, hash: SHA256.digest)) != nil
        }
        if label.hasSuffix("/") { return true }
        guard let manifest = try? DocumentCodec.decodeManifest(bytes, hash: SHA256.digest) else {
            return false
        }
        return ObjectNames.manifest(manifest.id, time: manifest.time) == label
    }
}

// The local files of one repository:
//
//     <cache>/stores/<hash of the place>/indexes/<64 hex>
//     <cache>/stores/<hash of the place>/manifests/varve.json
//     <cache>/stores/<hash of the place>/manifests/<time>-<ID>.json
//     <cache>/stores/<hash of the place>/manifests/indexes.seen, snapshots.seen
//     <cache>/stores/<hash of the place>/listings/<pack>-<offset>-<length>
//     <cache>/stores/<hash of the place>/condemned/condemned.<ID>
//
// Nothing here fails. What cannot be read, or is not what was written, is not there; what cannot be
// written is not kept. Files are never changed in place, so a mapping stays what it was.

import Cryptography
import FileHandles
import ObjectStore
import SnapshotModel
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Keeps objects as local files.
final class CacheFolder: Sendable {
    /// Folders and files are private to the user: names of files are in them.
    private static let folderMode: mode_t = 0o700

    private let root: LocalFolder
    /// Files whose use this run has noted.
    private let touched = Mutex<Set<CachedObject>>([])

    /// - Parameters:
    ///   - stores: the folder for the caches of all repositories.
    ///   - place: where the repository is.
    init(in stores: LocalFolder, place: String) {
        let hash = Array(place.utf8).withUnsafeBytes { SHA256.digest(of: $0) }
        root = stores.appending(String(hash.hexadecimal.prefix(CacheTree.nameLength)))
    }

    /// The names of the files of a kind.
    func names(_ kind: CacheKind) -> [String] { root.appending(kind.rawValue).names }

    /// What is kept of an object, verified; tables are mapped.
    func load(_ object: CachedObject) -> ObjectBytes? {
        guard let file = open(object) else { return nil }
        guard let bytes = object.kind == .indexes ? map(file, object) : read(file, object) else {
            remove(object)
            return nil
        }
        // Once a run: the order in which things are thrown away needs no more.
        if touched.withLock({ $0.insert(object).inserted }) { try? file.touch() }
        return bytes
    }

    /// Keeps an object, replacing what was kept of it.
    /// - Returns: how much was written.
    @discardableResult
    func save(_ object: CachedObject, _ content: UnsafeRawBufferPointer) -> Int {
        do {
            do {
                return try write(object, content)
            } catch let error as SystemCallError where error.number == ENOENT {
                let folder = root.appending(object.kind.rawValue)
                try FileHandle.makeDirectories(path: folder.path, mode: Self.folderMode)
                return try write(object, content)
            }
        } catch {
            // A full disk, a folder that is not ours: then the store is asked again next time.
            return 0
        }
    }

    /// Keeps an object no longer.
    func remove(_ object: CachedObject) { try? FileHandle.remove(path: path(object)) }

    /// Keeps files of a kind no longer.
    /// - Returns: how many there were.
    @discardableResult
    func remove(_ kind: CacheKind, where isUnwanted: (String) -> Bool) -> Int {
        let names = names(kind).filter(isUnwanted)
        for name in names {
            try? FileHandle.remove(path: root.appending(kind.rawValue).appending(name).path)
        }
        return names.count
    }

    /// Keeps nothing any longer.
    func clear() { CacheTree.clear(root) }

    private func path(_ object: CachedObject) -> [UInt8] {
        root.appending(object.kind.rawValue).appending(object.fileName).path
    }

    private func open(_ object: CachedObject) -> FileHandle? {
        // Whatever stands there must neither make us wait nor lead us elsewhere.
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW
        guard let file = try? FileHandle.open(path: path(object), flags: flags),
            let status = try? file.status(), status.kind == .file
        else { return nil }
        return file
    }

    private func map(_ file: FileHandle, _ object: CachedObject) -> ObjectBytes? {
        guard let mapped = try? MappedFile(file), object.isValid(mapped.bytes) else { return nil }
        return ObjectBytes(
            bytes: mapped.bytes, owner: mapped, proof: .hashed,
            release: { mapped.releasePages() })
    }

    private func read(_ file: FileHandle, _ object: CachedObject) -> ObjectBytes? {
        guard let size = try? file.status().sizeInBytes, size <= CachingStore.largestEntryInBytes,
            let bytes = try? ObjectBytes(
                capacity: Int(size),
                fill: { memory throws(SystemCallError) in try file.read(into: memory, at: 0) })
        else { return nil }
        return CacheEntry.decode(bytes, object.label)
    }

    private func write(_ object: CachedObject, _ content: UnsafeRawBufferPointer) throws -> Int {
        let file = try ReplacedFile(path: path(object))
        if object.kind == .indexes {
            try file.append(content)
        } else {
            let (header, trailer) = CacheEntry.encode(object.label, content)
            try header.withUnsafeBytes { try file.append($0) }
            try file.append(content)
            try trailer.withUnsafeBytes { try file.append($0) }
        }
        let size = file.sizeInBytes
        try file.finish()
        return Int(size)
    }
}

// Objects as files of a directory. An object is written under a temporary name, flushed, renamed,
// and its folder flushed: a crash, a full disk or a lost cable leaves it there whole or not at all.
// Temporary files live in one hidden folder, so that listings never meet them.

package import FileHandles
package import ObjectStore
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A store in a directory of a local or mounted file system.
package final class DirectoryStore: ObjectStore {
    /// Where objects are written before they get their names.
    static let temporaryFolder = ".incoming"
    /// Objects and folders are private to the user: what is in them is not encrypted.
    private static let folderMode: mode_t = 0o700
    private static let objectMode: mode_t = 0o600

    /// Tells what is known of an object that was mapped, from the file as it is.
    package typealias Prover =
        @Sendable (ObjectKey, UnsafeRawBufferPointer, FileStatus) -> ObjectProof

    package let location: String
    private let root: [UInt8]
    private let prove: Prover?
    /// Folders that are known to exist, and to be flushed into the folders above them.
    private let folders = Mutex<Set<String>>([])
    private let counter = Atomic<UInt64>(0)

    /// A store in the directory at `path`, which need not exist until something is put.
    /// - Parameter prove: asked about each object that is mapped; `nil` when nobody knows anything.
    package init(path: [UInt8], prove: Prover? = nil) {
        root = path
        self.prove = prove
        location = String(decoding: path, as: UTF8.self)
    }

    @discardableResult
    package func put(_ key: ObjectKey, _ body: ObjectBody) throws(StoreError) -> StoreTime? {
        do throws(SystemCallError) {
            do throws(SystemCallError) {
                return try write(body, as: key)
            } catch {
                guard error.number == ENOENT else { throw error }
                // Somebody has removed a folder that was known to exist, so all are made anew.
                folders.withLock { $0.removeAll() }
                return try write(body, as: key)
            }
        } catch {
            throw Self.storeError(error, .put, key.description)
        }
    }

    package func get(_ key: ObjectKey, _ range: ObjectRange) throws(StoreError) -> ObjectBytes {
        do throws(SystemCallError) {
            let file = try FileHandle.open(path: path(key.description), flags: O_RDONLY)
            let size = try Self.sizeOfObject(file.status(), file.path)
            let (offset, length) = Self.resolve(range, size)
            if case .from = range, offset >= size {
                throw SystemCallError(number: ERANGE, call: "read", path: file.path)
            }
            return try ObjectBytes(capacity: length) { memory throws(SystemCallError) in
                try file.read(into: memory, at: offset)
            }
        } catch {
            throw Self.storeError(error, .get, key.description)
        }
    }

    package func map(_ key: ObjectKey) throws(StoreError) -> ObjectBytes {
        do throws(SystemCallError) {
            let path = path(key.description)
            _ = try Self.sizeOfObject(FileStatus.of(path: path, followsLinks: true), path)
            let file = try MappedFile(path: path)
            return ObjectBytes(
                bytes: file.bytes, owner: file,
                proof: prove?(key, file.bytes, file.status) ?? .none,
                release: { file.releasePages() })
        } catch {
            throw Self.storeError(error, .get, key.description)
        }
    }

    package func putAndMap(
        _ key: ObjectKey, _ body: ObjectBody
    ) throws(StoreError) -> ObjectBytes {
        try put(key, body)
        return try map(key)
    }

    package func head(_ key: ObjectKey) throws(StoreError) -> UInt64 {
        do throws(SystemCallError) {
            let path = path(key.description)
            return try Self.sizeOfObject(FileStatus.of(path: path, followsLinks: true), path)
        } catch {
            throw Self.storeError(error, .head, key.description)
        }
    }

    package func list(prefix: String) throws(StoreError) -> [ListedObject] {
        do throws(SystemCallError) {
            var objects: [ListedObject] = []
            try list(folder: String(prefix.dropLast()), into: &objects)
            return objects.sorted { $0.key < $1.key }
        } catch {
            throw Self.storeError(error, .list, prefix)
        }
    }

    package func delete(_ keys: [ObjectKey]) throws(StoreError) {
        for key in keys {
            do throws(SystemCallError) {
                try FileHandle.remove(path: path(key.description))
            } catch {
                if error.number == ENOENT { continue }
                throw Self.storeError(error, .delete, key.description)
            }
        }
    }

    /// Removes temporary files that a killed process left behind more than a day ago.
    ///
    /// Whoever writes such a file renames it within seconds, so none that old is still wanted.
    /// - Parameter nowInSeconds: since 1970.
    package func removeLeftovers(nowInSeconds: Int64) throws(StoreError) {
        let dayInSeconds: Int64 = 24 * 60 * 60
        do throws(SystemCallError) {
            let folder = try FileHandle.openDirectory(path: path(Self.temporaryFolder))
            var names: [[UInt8]] = []
            try folder.forEachName { names.append(Array($0)) }
            for name in names
            where try folder.status(of: name).modified.seconds < nowInSeconds - dayInSeconds {
                try folder.remove(name: name)
            }
        } catch {
            if error.number == ENOENT { return }
            throw Self.storeError(error, .delete, Self.temporaryFolder)
        }
    }

    private func path(_ name: String) -> [UInt8] {
        name.isEmpty ? root : root.appending(component: Array(name.utf8))
    }

    private static func split(_ key: String) -> (folder: String, name: String) {
        guard let slash = key.lastIndex(of: "/") else { return ("", key) }
        return (String(key[..<slash]), String(key[key.index(after: slash)...]))
    }

    private func temporaryPath() -> [UInt8] {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let random = UInt64.random(in: 0...UInt64.max)
        return path("\(Self.temporaryFolder)/\(getpid())-\(number)-\(String(random, radix: 16))")
    }

    /// The size of an object's file; a folder is no object, though it has a name.
    private static func sizeOfObject(
        _ status: FileStatus, _ path: [UInt8]
    ) throws(SystemCallError) -> UInt64 {
        guard status.kind == .file else {
            throw SystemCallError(number: ENOENT, call: "stat", path: path)
        }
        return status.sizeInBytes
    }

    /// - Returns: the time stamp of the file, by the clock of whoever keeps the file system.
    private func write(
        _ body: ObjectBody, as key: ObjectKey
    ) throws(SystemCallError) -> StoreTime {
        let (folder, _) = Self.split(key.description)
        try prepare(Self.temporaryFolder)
        try prepare(folder)
        let temporary = temporaryPath()
        let modified: StoreTime
        do throws(SystemCallError) {
            modified = try write(body, to: temporary)
            try FileHandle.rename(temporary, to: path(key.description))
        } catch {
            // The first error is the one to report; a leftover is harmless and hidden.
            _ = temporary.withCString { unlink($0) }
            throw error
        }
        try FileHandle.openDirectory(path: path(folder)).synchronize()
        return modified
    }

    private func write(
        _ body: ObjectBody, to path: [UInt8]
    ) throws(SystemCallError) -> StoreTime {
        let file = try FileHandle.open(
            path: path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: Self.objectMode)
        var offset: UInt64 = 0
        for part in body.parts {
            var failure: SystemCallError?
            part.withUnsafeBytes { bytes in
                do throws(SystemCallError) {
                    try file.write(bytes, at: offset)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            offset += UInt64(part.count)
        }
        try file.synchronize()
        return StoreTime(seconds: try file.status().modified.seconds)
    }

    /// Makes a folder and flushes the one above it, so that the new folder survives a crash too.
    private func prepare(_ folder: String) throws(SystemCallError) {
        if folders.withLock({ $0.contains(folder) }) { return }
        if folder.isEmpty {
            try FileHandle.makeDirectories(path: root, mode: Self.folderMode)
        } else {
            let parent = Self.split(folder).folder
            try prepare(parent)
            do throws(SystemCallError) {
                try FileHandle.makeDirectory(path: path(folder), mode: Self.folderMode)
                try FileHandle.openDirectory(path: path(parent)).synchronize()
            } catch {
                guard error.number == EEXIST else { throw error }
            }
        }
        folders.withLock { _ = $0.insert(folder) }
    }

    private func list(
        folder: String, into objects: inout [ListedObject]
    ) throws(SystemCallError) {
        let handle: FileHandle
        do throws(SystemCallError) {
            handle = try FileHandle.openDirectory(path: path(folder))
        } catch {
            // A folder that nothing was put into, or that vanished meanwhile, lists as empty.
            if error.number == ENOENT { return }
            throw error
        }
        var names: [String] = []
        try handle.forEachName { names.append(String(decoding: $0, as: UTF8.self)) }
        for name in names {
            guard let key = ObjectKey(listed: folder.isEmpty ? name : folder + "/" + name) else {
                continue
            }
            do throws(SystemCallError) {
                let status = try handle.status(of: Array(name.utf8))
                if status.kind == .directory {
                    try list(folder: key.description, into: &objects)
                } else if status.kind == .file {
                    objects.append(
                        ListedObject(
                            key: key, sizeInBytes: status.sizeInBytes,
                            modified: StoreTime(seconds: status.modified.seconds)))
                }
            } catch {
                guard error.number == ENOENT else { throw error }
            }
        }
    }

    private static func resolve(_ range: ObjectRange, _ size: UInt64) -> (UInt64, Int) {
        switch range {
        case .whole: (0, Int(size))
        case .last(let length): (size - min(size, UInt64(length)), Int(min(size, UInt64(length))))
        case .from(let offset, let length):
            (offset, Int(min(UInt64(length), size - min(size, offset))))
        }
    }

    private static func storeError(
        _ error: SystemCallError, _ operation: StoreError.Operation, _ subject: String
    ) -> StoreError {
        let code: StoreError.Code =
            switch error.number {
            case ENOENT: .notFound
            // A file stands where a folder of the store would be: there is no object below it.
            case ENOTDIR where operation == .get || operation == .head: .notFound
            case ERANGE: .invalidRange
            case EACCES, EPERM: .permissionDenied
            case ENOSPC, EDQUOT: .noSpace
            case EROFS: .readOnly
            default: .inputOutput
            }
        return StoreError(code, operation, subject, cause: error.description)
    }
}

import ChunkStorage
import FileHandles
import SnapshotModel
import Synchronization

/// Gives files the extended attributes of the snapshot. What fails is reported, not thrown. Safe to
/// use from any number of threads.
final class AttributeRestorer: Sendable {
    /// The space in which an entry's attributes are: an open file, or a name in a directory.
    private struct Place {
        let names: () throws(SystemCallError) -> [[UInt8]]
        let value: (_ name: [UInt8], _ limitInBytes: Int) throws(SystemCallError) -> [UInt8]
        let set: (_ name: [UInt8], _ value: [UInt8]) throws(SystemCallError) -> Void
        let remove: (_ name: [UInt8]) throws(SystemCallError) -> Void

        init(_ place: MetadataPlace) {
            switch place {
            case .open(let file): self.init(file)
            case .entry(let name, let directory, _): self.init(name, in: directory)
            }
        }

        init(_ file: FileHandle) {
            names = { () throws(SystemCallError) in try file.attributeNames() }
            value = { name, limit throws(SystemCallError) in
                try file.attribute(name, limitInBytes: limit)
            }
            set = { name, value throws(SystemCallError) in try file.setAttribute(name, value) }
            remove = { name throws(SystemCallError) in try file.removeAttribute(name) }
        }

        init(_ entry: [UInt8], in directory: FileHandle) {
            names = { () throws(SystemCallError) in try directory.attributeNames(of: entry) }
            value = { name, limit throws(SystemCallError) in
                try directory.attribute(name, of: entry, limitInBytes: limit)
            }
            set = { name, value throws(SystemCallError) in
                try directory.setAttribute(name, of: entry, value)
            }
            remove = { name throws(SystemCallError) in
                try directory.removeAttribute(name, of: entry)
            }
        }
    }

    /// What a file gets from the snapshot may be taken away again; labels that the system keeps by
    /// itself, and what other file systems make up, stay.
    private static let removable = [
        "user.", "trusted.", "system.posix_acl_access", "system.posix_acl_default",
        "security.capability",
    ].map { Array($0.utf8) }

    /// Large values are rare, so one loader serves all threads.
    private let loader: Mutex<ChunkLoader>
    private let results: RestoreResults
    /// Whether new files may get attributes by themselves, as below a default access control list.
    private let inherits: Bool

    /// - Parameter inherits: whether files below the target may get attributes by themselves.
    init(_ shared: ChunkLoader.Shared, _ results: RestoreResults, inherits: Bool) throws {
        loader = Mutex(try ChunkLoader(shared))
        self.results = results
        self.inherits = inherits
    }

    /// Whether new files of a folder may get attributes by themselves.
    static func inherits(_ folder: FileHandle) -> Bool {
        do throws(SystemCallError) {
            return try !folder.attributeNames().isEmpty
        } catch {
            return true
        }
    }

    /// Makes the attributes of an entry those of the snapshot.
    /// - Parameters:
    ///   - isNew: whether the file was made by this run.
    ///   - lacks: gets what could not be set.
    ///   - path: for messages.
    /// - Returns: whether it has just these now.
    func set(
        _ attributes: [ExtendedAttribute], of place: MetadataPlace, isNew: Bool,
        _ lacks: inout EntryShortfalls, _ path: @autoclosure () -> [UInt8]
    ) -> Bool {
        set(attributes, Place(place), isNew: isNew, &lacks, path)
    }

    /// Whether an entry that is not opened has other attributes than the snapshot's.
    /// - Parameter known: the attributes that it has, where they are remembered.
    func differ(
        _ attributes: [ExtendedAttribute], of name: [UInt8], in directory: FileHandle,
        known: [ExtendedAttribute]?
    ) -> Bool {
        if let known, known == attributes { return false }
        return differ(attributes, Place(name, in: directory))
    }

    /// Whether an open file has other attributes than the snapshot's.
    func differ(_ attributes: [ExtendedAttribute], of file: FileHandle) -> Bool {
        differ(attributes, Place(file))
    }

    private func differ(_ attributes: [ExtendedAttribute], _ place: Place) -> Bool {
        do {
            let names = try place.names().filter { name in
                Self.isRemovable(name) || attributes.contains { $0.name == name }
            }
            guard Set(names) == Set(attributes.map(\.name)) else { return true }
            for attribute in attributes {
                let size = attribute.value.sizeInBytes
                let found = try place.value(attribute.name, Int(clamping: size))
                guard UInt64(found.count) == size, try bytes(of: attribute.value) == found else {
                    return true
                }
            }
            return false
        } catch {
            // Whoever sets them tells what is wrong.
            return true
        }
    }

    private func set(
        _ attributes: [ExtendedAttribute], _ place: Place, isNew: Bool,
        _ lacks: inout EntryShortfalls, _ path: () -> [UInt8]
    ) -> Bool {
        var isComplete = true
        if !isNew || inherits {
            isComplete = removeOthers(attributes, place, &lacks)
        }
        for attribute in attributes {
            do {
                try place.set(attribute.name, try bytes(of: attribute.value))
            } catch let error as SystemCallError {
                isComplete = false
                lacks.add(.attribute(attribute.name), error)
            } catch {
                isComplete = false
                results.damage(path(), "extended attribute: \(error)")
            }
        }
        return isComplete
    }

    private func removeOthers(
        _ attributes: [ExtendedAttribute], _ place: Place, _ lacks: inout EntryShortfalls
    ) -> Bool {
        var isComplete = true
        do throws(SystemCallError) {
            for name in try place.names() where !attributes.contains(where: { $0.name == name }) {
                guard Self.isRemovable(name) else {
                    isComplete = false
                    continue
                }
                isComplete = remove(name, place, &lacks) && isComplete
            }
        } catch {
            isComplete = false
            // Where there are none, there is nothing to remove.
            if !error.isUnsupported { lacks.add(.attributes, error) }
        }
        return isComplete
    }

    private func remove(
        _ name: [UInt8], _ place: Place, _ lacks: inout EntryShortfalls
    ) -> Bool {
        do throws(SystemCallError) {
            try place.remove(name)
            return true
        } catch {
            if !error.isNoAttribute { lacks.add(.attribute(name), error) }
            return error.isNoAttribute
        }
    }

    private static func isRemovable(_ name: [UInt8]) -> Bool {
        removable.contains { name.starts(with: $0) }
    }

    private func bytes(of value: ExtendedAttribute.Value) throws -> [UInt8] {
        switch value {
        case .inline(let bytes): return bytes
        case .content(let content):
            return try loader.withLock { loader in
                var bytes: [UInt8] = []
                try loader.read(content) { bytes.append(contentsOf: $0) }
                return bytes
            }
        }
    }
}

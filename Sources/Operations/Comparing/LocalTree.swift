// A folder of this machine as a tree to compare with. Its files have no content that is known, but
// for empty ones: what they hold is read only when size and time do not tell.

package import ChunkStorage
import Cryptography
package import FileCutting
package import FileHandles
import FileTree
import RepositoryFormat
package import SnapshotModel
package import WorkerThreads

/// A folder of this machine.
package final class LocalTree: ComparedTree {
    private let root: FileHandle
    private let contents: LocalContents
    private let skipped: Set<FileIdentity>
    private let report: (_ path: [UInt8], _ reason: String) -> Void

    /// A tree.
    /// - Parameters:
    ///   - loader: knows the chunks of the files to compare with.
    ///   - cutters: of the repository.
    ///   - skipped: folders that no snapshot takes.
    ///   - report: told which attributes of which path cannot be read.
    package init(
        _ root: FileHandle, _ loader: ChunkLoader, _ cutters: FileCutters,
        skipping skipped: Set<FileIdentity> = [], cancellation: Cancellation = Cancellation(),
        report: @escaping (_ path: [UInt8], _ reason: String) -> Void
    ) {
        self.root = root
        self.skipped = skipped
        self.report = report
        contents = LocalContents(loader, cutters, cancellation)
    }

    /// The folder itself, as an entry.
    package func rootEntry() throws -> Entry {
        let attributes = AttributeReading(of: root, .format)
        return Entry(
            name: FileName([]), kind: .directory(.unlisted),
            metadata: try root.status().metadata, extendedAttributes: known(attributes, path: []),
            flags: attributes.flags)
    }

    /// The entries of a folder.
    package func entries(of listing: Content, path: [UInt8]) throws -> any EntryStream {
        let folder = try root.openDirectory(below: path)
        return LocalStream(folder, try SortedNames(of: folder)) { [self] name, folder in
            try entry(name, in: folder, path.appending(component: name))
        }
    }

    /// Whether a file has these bytes: reads as many as it takes to tell.
    package func has(_ content: Content, path: [UInt8]) throws -> Bool {
        try contents.has(content, try root.openFile(below: path))
    }

    /// The hash of the names that the chunks of a file have in the repository, or would have.
    package func digest(of content: Content, path: [UInt8]) throws -> Digest256 {
        try contents.digest(of: try root.openFile(below: path))
    }

    /// - Returns: `nil` when it has gone, or no snapshot takes it.
    private func entry(_ name: [UInt8], in folder: FileHandle, _ path: [UInt8]) throws -> Entry? {
        guard let status = try folder.statusIfPresent(of: name),
            !skipped.contains(FileIdentity(status))
        else { return nil }
        let attributes = AttributeReading(of: name, status.kind, in: folder, .format)
        return Entry(
            name: FileName(name), kind: try kind(name, status, in: folder),
            metadata: status.metadata, extendedAttributes: known(attributes, path: path),
            flags: attributes.flags)
    }

    private func kind(
        _ name: [UInt8], _ status: FileStatus, in folder: FileHandle
    ) throws -> EntryKind {
        switch status.kind {
        case .file: .file(.unknown(sizeInBytes: status.sizeInBytes))
        case .directory: .directory(.unlisted)
        case .symlink: .symlink(target: try folder.linkTarget(of: name))
        case .fifo: .fifo
        case .socket: .socket
        case .characterDevice: .characterDevice(status.deviceNumber)
        case .blockDevice: .blockDevice(status.deviceNumber)
        }
    }

    /// The attributes in the form that a snapshot would give them.
    private func known(_ reading: AttributeReading, path: [UInt8]) -> [ExtendedAttribute] {
        if let problem = reading.problem { report(path, problem) }
        return reading.attributes { ChunkID(SHA256.digest(of: $0)) }
    }
}

/// The entries of a local folder.
private final class LocalStream: EntryStream {
    private let folder: FileHandle
    private let names: SortedNames
    private let entry: (_ name: [UInt8], _ folder: FileHandle) throws -> Entry?
    private var position = 0

    init(
        _ folder: FileHandle, _ names: SortedNames,
        _ entry: @escaping (_ name: [UInt8], _ folder: FileHandle) throws -> Entry?
    ) {
        self.folder = folder
        self.names = names
        self.entry = entry
    }

    func next() throws -> Entry? {
        while position < names.count {
            position += 1
            if let entry = try entry(names[position - 1], folder) { return entry }
        }
        return nil
    }
}

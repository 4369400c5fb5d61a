package import ChunkStorage
import RepositoryFormat
package import SnapshotModel

/// Reads the listings of a snapshot, for one thread at a time.
package final class TreeReader {
    /// Loads what the listings name.
    package let loader: ChunkLoader

    /// A reader.
    package init(_ loader: ChunkLoader) { self.loader = loader }

    /// Calls `body` with each entry of a directory, ascending by name.
    /// - Parameter path: of the directory within the snapshot, for messages.
    /// - Throws: `RepositoryError` `.damaged` when the listing cannot be read or breaks a rule;
    ///   entries before that place were passed to `body`.
    package func forEachEntry(
        of listing: Content, path: [UInt8], _ body: (Entry) throws -> Void
    ) throws {
        var decoder = ListingDecoder()
        try loader.read(
            listing,
            decode: { bytes in
                do throws(FormatError) {
                    return try decoder.decode(bytes)
                } catch {
                    throw Self.damaged(path, error)
                }
            },
            { entries in
                for entry in entries { try body(entry) }
            })
        do throws(FormatError) {
            try decoder.finish()
        } catch {
            throw Self.damaged(path, error)
        }
    }

    /// Finds what stands at a path.
    /// - Parameter path: components, from the snapshot's root on; empty for the root itself.
    /// - Returns: the entry; the root comes as a directory named by nothing.
    /// - Throws: `RepositoryError` `.noPath`, `.damaged`.
    package func entry(at path: [FileName], in root: RootEntry) throws -> Entry {
        var current = Entry(
            name: FileName([]), kind: .directory(root.content), metadata: root.metadata,
            extendedAttributes: root.extendedAttributes, flags: root.flags,
            created: root.created)
        var walked: [UInt8] = []
        for name in path {
            guard case .directory(let listing) = current.kind else {
                throw Self.noPath(path, "\(DisplayText.escape(walked)) is not a directory")
            }
            guard let found = try find(name, in: listing, path: walked) else {
                throw Self.noPath(path, "the snapshot does not have it")
            }
            walked += (walked.isEmpty ? [] : [UInt8(ascii: "/")]) + name.bytes
            current = found
        }
        return current
    }

    /// Finds an entry of a directory; reads of its listing what that takes.
    private func find(_ name: FileName, in listing: Content, path: [UInt8]) throws -> Entry? {
        do {
            return try ListingSearch(loader, listing, for: name).entry()
        } catch let error as FormatError {
            throw Self.damaged(path, error)
        }
    }

    private static func noPath(_ path: [FileName], _ cause: String) -> RepositoryError {
        let text = path.map(\.display).joined(separator: "/")
        return RepositoryError(
            .noPath, "cannot find \"\(text)\" in the snapshot", cause: cause, remedy: "varve ls")
    }

    static func damaged(_ path: [UInt8], _ error: FormatError) -> RepositoryError {
        RepositoryError(
            .damaged, "the listing of /\(DisplayText.escape(path)) is damaged",
            cause: "\(error)", remedy: "varve check")
    }
}

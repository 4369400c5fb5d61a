package import ChunkStorage
import Cryptography
package import ObjectStore
import RepositoryFormat
package import SnapshotModel

/// A repository that exists: its store and its description.
package struct Repository: Sendable {
    /// Where its objects are.
    package let store: any ObjectStore
    /// What `varve.json` says.
    package let description: RepositoryDescription

    private static let descriptionKey = ObjectKey(ObjectNames.description)

    /// Makes a repository.
    /// - Throws: `RepositoryError` `.exists`; `StoreError`.
    package static func create(
        in store: any ObjectStore, _ description: RepositoryDescription
    ) throws -> Repository {
        do {
            _ = try store.head(descriptionKey)
            throw RepositoryError(
                .exists, "cannot create a repository in \(store.location)",
                cause: "there is one already", remedy: "varve list --repo \(store.location)")
        } catch let error as StoreError where error.code == .notFound {
            let bytes = DocumentCodec.encode(description, hash: SHA256.digest)
            try store.put(descriptionKey, ObjectBody(bytes))
            return Repository(store: store, description: description)
        }
    }

    /// Opens a repository: one request.
    /// - Throws: `RepositoryError` `.noRepository`, `.unsupported`, `.damaged`; `StoreError`.
    package static func open(in store: any ObjectStore) throws -> Repository {
        do {
            let description = try store.load(descriptionKey) {
                try DocumentCodec.decodeDescription($0.bytes, hash: SHA256.digest)
            }
            return Repository(store: store, description: description)
        } catch let error as StoreError where error.code == .notFound {
            throw RepositoryError(
                .noRepository, "there is no repository in \(store.location)",
                cause: "\(ObjectNames.description) is missing",
                remedy: "varve init --repo \(store.location)")
        } catch let error as FormatError {
            throw documentError(error, descriptionKey, in: store)
        }
    }

    /// The index tables that are there now: one LIST.
    package func listTables() throws -> [ListedTable] {
        try ChunkIndex.list(in: store)
    }

    static func documentError(
        _ error: FormatError, _ key: ObjectKey, in store: any ObjectStore
    ) -> RepositoryError {
        if error.code == .unsupported {
            return RepositoryError(
                .unsupported, "cannot read \(key) in \(store.location)", cause: "\(error)",
                remedy: "use a newer varve")
        }
        return RepositoryError(
            .damaged, "\(key) in \(store.location) is damaged", cause: "\(error)",
            remedy: "restore that object from a copy of the repository, then varve check")
    }
}

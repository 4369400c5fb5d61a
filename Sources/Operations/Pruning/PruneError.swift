import ChunkStorage

/// Reasons for which a prune deletes nothing.
enum PruneRefusal {
    /// Something is damaged that might need what would be deleted.
    static func damage(_ subject: String, _ cause: String) -> RepositoryError {
        RepositoryError(
            .damaged, "nothing was deleted, because \(subject) is damaged", cause: cause,
            remedy: "varve check")
    }

    /// Others change the repository faster than it can be looked at.
    static func unrest() -> RepositoryError {
        RepositoryError(
            .changed, "nothing more was deleted",
            cause: "others change the repository all the time, or take this run for dead",
            remedy: "run it again: what was prepared is not lost")
    }
}

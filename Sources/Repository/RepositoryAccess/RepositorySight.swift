package import ChunkStorage
import SnapshotModel
import WorkerThreads

/// What a writer would see if it began now; for plans, which open no session.
package struct RepositorySight: Sendable {
    /// Tables and markers.
    package let view: RepositoryView
    /// An index that distrusts what the view shows as condemned or dead.
    package let index: ChunkIndex

    /// Takes a view: one LIST, and a GET for each act of condemning that no cache has.
    /// - Throws: `StoreError`; `RepositoryError` `.damaged`, `.changed`.
    package init(_ repository: Repository) throws {
        let store = repository.store
        @Sendable func look() throws -> (RepositoryView, Distrust) {
            var view = try RepositoryView.list(in: store)
            let condemned = try CondemnedPacks.load(&view, in: store)
            let packs = Set(condemned.values.map(\.packs).joined())
            return (view, Distrust(condemned: packs, dead: Set(view.dead.keys)))
        }
        let first = try look()
        let isFirst = Monitor(true)
        view = first.0
        index = ChunkIndex(
            view: {
                let usesFirst = isFirst.update { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                let (view, distrust) = try usesFirst ? first : look()
                return ChunkIndex.View(tables: view.tables, distrust: distrust)
            }, in: store)
    }

    /// What a writer has seen whose first session is open.
    /// - Throws: as `SessionChain.open`.
    package init(_ sessions: SessionChain) throws {
        index = sessions.makeIndex()
        view = try sessions.open().view
    }
}

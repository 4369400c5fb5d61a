import ChunkMarking
package import Forgetting
package import ObjectStore
import RepositoryAccess
package import SnapshotModel
import Synchronization

/// What bringing snapshots back has done and said.
package struct UndoRun: Sendable {
    /// What became of each.
    package let results: [UndoResult]
    /// The texts of warnings.
    package let warnings: [String]
    /// What went to the store.
    package let traffic: StoreTraffic

    /// The names under which snapshots are back.
    package var backIDs: [SnapshotID] {
        results.compactMap { if case .back(let id) = $0.outcome { id } else { nil } }
    }
}

extension Sandbox {
    /// Brings forgotten snapshots back.
    /// - Parameters:
    ///   - words: IDs, or beginnings of some.
    ///   - store: what stands between the run and the store; `nil` for nothing.
    ///   - change: changes the settings.
    @discardableResult
    package func undo(
        _ words: [String], through store: (any ObjectStore)? = nil,
        change: (inout UndoSettings) -> Void = { _ in }
    ) throws -> UndoRun {
        let meter = TrafficMeter()
        let metered = MeteredStore(store ?? self.store, meter)
        var settings = UndoSettings(marking: .local)
        change(&settings)
        let events = Mutex<[UndoEvent]>([])
        let undoer = Undoer(
            repository: try Repository.open(in: metered), meter: meter, settings: settings,
            environment: session, report: { event in events.withLock { $0.append(event) } })
        try undoer.run(words)
        let all = events.withLock { $0 }
        return UndoRun(
            results: all.compactMap { if case .result(let result) = $0 { result } else { nil } },
            warnings: all.compactMap { if case .warning(let text) = $0 { text } else { nil } },
            traffic: meter.traffic)
    }

    /// The manifests of forgotten snapshots, oldest first.
    package func forgotten() throws -> [Manifest] { try open().loadForgotten().manifests }
}

// Brings forgotten snapshots back: a snapshot without reading files (Specs/concurrency.md). A
// session is opened first, then everything that the forgotten ones need is looked for in its view,
// and only then are their manifests written, under new names. Read next: UndoSurvey.

import ChunkStorage
package import ObjectStore
package import RepositoryAccess
import SnapshotModel

/// Brings forgotten snapshots of one repository back.
package struct Undoer: Sendable {
    private let repository: Repository
    private let meter: TrafficMeter
    private let settings: UndoSettings
    private let environment: SessionEnvironment
    private let report: @Sendable (UndoEvent) -> Void

    /// How often a run begins anew when its session was declared dead.
    private static let attempts = 5

    /// - Parameters:
    ///   - meter: counts the requests of the repository's store.
    ///   - report: called from the calling thread.
    package init(
        repository: Repository, meter: TrafficMeter, settings: UndoSettings,
        environment: SessionEnvironment, report: @escaping @Sendable (UndoEvent) -> Void
    ) {
        self.repository = repository
        self.meter = meter
        self.settings = settings
        self.environment = environment
        self.report = report
    }

    /// Brings the snapshots back that words name. All of them are found, or nothing is done; then
    /// each is brought back or refused for itself, and reported at once.
    ///
    /// Whatever it throws, no snapshot is lost: each has its copy, or is back, or both. Doing it
    /// again completes it.
    /// - Parameter words: IDs of forgotten snapshots, or prefixes of at least four digits.
    /// - Throws: `RepositoryError` `.noSnapshot`, `.damaged`, `.changed`; `StoreError`;
    ///   `Interrupted`.
    package func run(_ words: [String]) throws {
        var left = try repository.findForgotten(words)
        if settings.isDryRun { return try plan(left) }
        for _ in 0..<Self.attempts {
            let sessions = SessionChain(repository, environment, purpose: "undo", meter: meter)
            defer { sessions.close() }
            do {
                try attempt(&left, sessions)
                if left.isEmpty { return }
                report(.warning("beginning anew: the session has lapsed"))
            } catch let error as RepositoryError where error.code == .changed {
                report(.warning("beginning anew: \(error.cause)"))
            }
        }
        throw RepositoryError(
            .changed, "cannot bring snapshots back in \(repository.store.location)",
            cause: "the session lapsed \(Self.attempts) times before they were",
            remedy: "run the command again")
    }

    private func plan(_ wanted: [ForgottenSnapshot]) throws {
        let sight = try RepositorySight(repository)
        let losses = try survey(wanted.filter { settledTwin(of: $0, sight.view) == nil }, sight)
        for snapshot in wanted {
            let outcome = losses[snapshot.manifest.id] ?? .possible
            report(.result(UndoResult(manifest: snapshot.manifest, outcome: outcome)))
        }
    }

    /// - Parameter left: those that are done with are taken out.
    private func attempt(_ left: inout [ForgottenSnapshot], _ sessions: SessionChain) throws {
        let sight = try RepositorySight(sessions)
        for snapshot in left {
            guard let twin = settledTwin(of: snapshot, sight.view) else { continue }
            left.removeAll { $0.manifest.id == snapshot.manifest.id }
            try finish(snapshot, as: twin)
        }
        if left.isEmpty { return }
        let losses = try survey(left, sight)
        for snapshot in left {
            let manifest = snapshot.manifest
            if let outcome = losses[manifest.id] {
                report(.result(UndoResult(manifest: manifest, outcome: outcome)))
            } else {
                guard let new = try write(manifest, sessions) else { return }
                for twin in snapshot.twins { try repository.withdraw(twin) }
                try finish(snapshot, as: new)
            }
            left.removeAll { $0.manifest.id == manifest.id }
        }
    }

    /// What an earlier run has brought the snapshot back as. Only one whose session has ended in
    /// good order counts: any other may still be withdrawn by its owner, or lack something.
    private func settledTwin(
        of snapshot: ForgottenSnapshot, _ view: RepositoryView
    ) -> SnapshotID? {
        snapshot.twins.first { view.hasEnded($0.session) && view.dead[$0.session] == nil }?.id
    }

    private func survey(
        _ snapshots: [ForgottenSnapshot], _ sight: RepositorySight
    ) throws -> [SnapshotID: UndoResult.Outcome] {
        if snapshots.isEmpty { return [:] }
        report(.step("looking for what \(snapshots.count) snapshots need"))
        try sight.index.prepare()
        for table in sight.index.damagedTables {
            report(.warning("index table \(table.id) is damaged: \(table.reason)"))
        }
        let survey = UndoSurvey(
            store: repository.store, index: sight.index, settings: settings.marking)
        return try survey.losses(of: snapshots.map(\.manifest))
    }

    /// Writes a manifest under a new name.
    /// - Returns: `nil` when that came too late, so that it was taken back.
    private func write(_ old: Manifest, _ sessions: SessionChain) throws -> SnapshotID? {
        let (manifest, isInTime) = try sessions.withSession { session in
            var manifest = old
            manifest.id = SnapshotID(environment.makeRandomBits())
            manifest.session = session.id
            manifest.nonce = session.makeNonce()
            return (manifest, try sessions.commits(answered: repository.save(manifest)))
        }
        if isInTime { return manifest.id }
        try repository.withdraw(manifest)
        return nil
    }

    /// Removes the copy of a snapshot that is back, and tells of it, whether that goes well or not.
    private func finish(_ snapshot: ForgottenSnapshot, as new: SnapshotID) throws {
        var result = UndoResult(manifest: snapshot.manifest, outcome: .back(new))
        result.isCopyLeft = true
        defer { report(.result(result)) }
        result.isCopyLeft = try !repository.removeCopy(of: snapshot.manifest)
    }
}

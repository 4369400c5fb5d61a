package import SnapshotModel

/// What a writer must not rely on, though index tables list it (Specs/concurrency.md).
///
/// Readers pay no heed to it: a chunk that is there is there, and is verified.
package struct Distrust: Hashable, Sendable {
    /// Packs that somebody has condemned: they may be deleted at any time.
    package var condemned: Set<PackID>
    /// Sessions that were declared dead: their tables may name packs that are gone.
    package var dead: Set<SessionID>

    /// Everything that is listed can be relied on.
    package static let nothing = Distrust(condemned: [], dead: [])

    /// Packs and sessions.
    package init(condemned: Set<PackID>, dead: Set<SessionID>) {
        self.condemned = condemned
        self.dead = dead
    }
}

import ChunkStorage
import RepositoryFormat
import SnapshotModel
import Synchronization

/// A chunk of metadata that is to be read.
struct PendingWalk {
    /// A listing that has only this chunk.
    static let listing: UInt8 = 0

    let place: EntryPlace
    /// `listing`, or how often the chunk's list has to be replaced by what it names.
    let level: UInt8
}

/// What the threads of a marker share: what is to be read, and what was taken up already.
///
/// Something is taken up when it is first seen, not when it was read, so that nothing is read for
/// two threads.
final class WalkState: Sendable {
    private struct Pending {
        var walks: [PendingWalk] = []
        var listings: [Content] = []
    }

    let marks: ChunkMarks
    /// Stretches of listings whose lines were read: see LargeListings.
    let links = DigestSet()
    private let listings = DigestSet()
    private let lists = DigestSet()
    private let pending = Mutex(Pending())
    private let unresolved = Mutex(Unresolved())
    private let report = Mutex(MarkReport())

    init(_ marks: ChunkMarks) { self.marks = marks }

    /// Takes a listing of several chunks up, unless that was done before.
    func add(listing: Content) {
        guard listings.insert(Self.name(listing)) else { return }
        pending.withLock { $0.listings.append(listing) }
    }

    func add(_ walks: some Sequence<PendingWalk>) {
        pending.withLock { $0.walks.append(contentsOf: walks) }
    }

    /// Takes a chunk up as what `level` says.
    /// - Returns: whether that was not done before.
    func claim(_ id: ChunkID, at place: EntryPlace, in table: MarkedTable, level: UInt8) -> Bool {
        switch level {
        case PendingWalk.listing: return table.listing.set(Int(place.position))
        case 1: return table.list.set(Int(place.position))
        // Lists of lists are so few that they need no bits.
        default: return lists.insert(DigestSet.Element([UInt64(level)], [id]))
        }
    }

    /// Takes what was found last, so that subtrees are done with before others are begun.
    func takeWalks(atMost count: Int) -> [PendingWalk] {
        pending.withLock { pending in
            let taken = Array(pending.walks.suffix(count))
            pending.walks.removeLast(taken.count)
            return taken
        }
    }

    func takeListings() -> [Content] {
        pending.withLock { pending in
            defer { pending.listings = [] }
            return pending.listings
        }
    }

    /// Puts listings back that are for later.
    func putBack(_ listings: some Sequence<Content>) {
        pending.withLock { $0.listings.append(contentsOf: listings) }
    }

    var hasListings: Bool { pending.withLock { !$0.listings.isEmpty } }

    /// Where what is to be read lies.
    /// - Returns: `nil`, and notes the damage, when the table's entry breaks a rule.
    func wanted(
        _ place: EntryPlace, _ purpose: WantedChunk.Purpose, in tables: [MarkedTable]
    ) -> WantedChunk? {
        let table = tables[Int(place.table)].open.table
        do throws(FormatError) {
            let record = try table.chunk(Int(place.position))
            return WantedChunk(place: place, record: record, purpose: purpose)
        } catch {
            noteDamage(table.chunkID(Int(place.position)), "\(error)")
            return nil
        }
    }

    func wanted(_ walk: PendingWalk, in tables: [MarkedTable]) -> WantedChunk? {
        wanted(
            walk.place, walk.level == PendingWalk.listing ? .listing : .list(level: walk.level),
            in: tables)
    }

    func note(_ change: (inout MarkReport) -> Void) { report.withLock { change(&$0) } }

    func noteDamage(_ id: ChunkID, _ reason: String) {
        report.withLock { report in
            report.damaged += 1
            guard report.examples.count < MarkReport.mostExamples else { return }
            report.examples.append(MarkReport.Unreadable(chunk: id, reason: reason))
        }
    }

    func noteMissing(_ references: some Sequence<Unresolved.Reference>) {
        unresolved.withLock { unresolved in
            for reference in references { unresolved.add(missing: reference) }
        }
    }

    func noteUnreadable(_ reference: Unresolved.Reference, _ reason: String) {
        unresolved.withLock { $0.add(unreadable: reference, reason) }
    }

    /// Notes that a listing of several chunks is to be walked again.
    func noteUnresolved(_ listing: Content) { unresolved.withLock { $0.add(listing) } }

    /// Takes everything that is worth another try.
    /// - Returns: `nil` when that is not known any more.
    func takeUnresolved() -> Unresolved? {
        unresolved.withLock { unresolved in
            if unresolved.hasOverflown { return nil }
            defer { unresolved = Unresolved() }
            return unresolved
        }
    }

    var currentReport: MarkReport {
        var report = report.withLock { $0 }
        let unresolved = unresolved.withLock { $0 }
        report.missing = UInt64(Set(unresolved.missing.map(\.id)).count)
        report.damaged += UInt64(unresolved.unreadable.count)
        report.hasOverflown = unresolved.hasOverflown
        let room = MarkReport.mostExamples - report.examples.count
        for (reference, reason) in unresolved.unreadable.prefix(room) {
            report.examples.append(MarkReport.Unreadable(chunk: reference.id, reason: reason))
        }
        return report
    }

    private static func name(_ listing: Content) -> DigestSet.Element {
        DigestSet.Element([listing.sizeInBytes, UInt64(listing.levels)], listing.chunks)
    }
}

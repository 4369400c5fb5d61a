import ChunkStorage
import RepositoryFormat
import SnapshotModel

/// Gathers what entries refer to, for one thread, and marks it in batches: chunks are looked up in
/// the order of their names, so that tables are passed through and not jumped about in.
final class ReferenceBuffer {
    private struct Walk {
        let id: ChunkID
        let level: UInt8
        let sizeInBytes: UInt64

        var reference: Unresolved.Reference {
            Unresolved.Reference(id: id, level: level, sizeInBytes: sizeInBytes)
        }
    }

    /// 2 MiB of names; so many at least make it likely that neighbours share cache lines.
    private static let batch = 64 * 1024

    private let state: WalkState
    private var data: [ChunkID] = []
    private var walks: [Walk] = []

    init(_ state: WalkState) { self.state = state }

    /// Adds everything that an entry keeps alive.
    func add(_ entry: Entry) {
        switch entry.kind {
        case .file(let content): add(file: content)
        case .directory(let content): add(directory: content)
        case .symlink, .fifo, .socket, .characterDevice, .blockDevice: break
        }
        add(entry.extendedAttributes)
    }

    func add(_ attributes: [ExtendedAttribute]) {
        for attribute in attributes {
            if let content = attribute.content { add(file: content) }
        }
    }

    func add(file content: Content) {
        content.levels == 0
            ? add(data: content.chunks) : add(lists: content.chunks, level: content.levels)
    }

    func add(directory content: Content) {
        if content.chunks.isEmpty { return }
        if content.levels == 0, content.chunks.count == 1 {
            add(
                Unresolved.Reference(
                    id: content.chunks[0], level: PendingWalk.listing,
                    sizeInBytes: content.sizeInBytes))
        } else {
            state.add(listing: content)
        }
    }

    func add(data ids: [ChunkID]) {
        data.append(contentsOf: ids)
        if data.count >= Self.batch { flush() }
    }

    /// Adds lists that are to be replaced `level` times.
    func add(lists ids: [ChunkID], level: Int) {
        for id in ids {
            add(Unresolved.Reference(id: id, level: UInt8(level), sizeInBytes: 0))
        }
    }

    func add(_ reference: Unresolved.Reference) {
        guard let level = reference.level else { return add(data: [reference.id]) }
        walks.append(Walk(id: reference.id, level: level, sizeInBytes: reference.sizeInBytes))
    }

    /// Marks the gathered chunks of data.
    func flush() {
        data.sort()
        let tables = state.marks.tables
        let missing = state.marks.forEachPlace(of: data) { _, place in
            tables[Int(place.table)].live.set(Int(place.position))
        }
        state.noteMissing(
            missing.map { Unresolved.Reference(id: data[$0], level: nil, sizeInBytes: 0) })
        data.removeAll(keepingCapacity: true)
    }

    /// Marks the gathered chunks of metadata.
    /// - Returns: those that nobody has taken up before: they are to be read.
    func takeWalks() -> [PendingWalk] {
        if walks.isEmpty { return [] }
        walks.sort { $0.id < $1.id }
        let tables = state.marks.tables
        var taken: [PendingWalk] = []
        let missing = state.marks.forEachPlace(of: walks.map(\.id)) { number, place in
            let walk = walks[number]
            let table = tables[Int(place.table)]
            table.live.set(Int(place.position))
            check(walk, at: place, in: table)
            if state.claim(walk.id, at: place, in: table, level: walk.level) {
                taken.append(PendingWalk(place: place, level: walk.level))
            }
        }
        state.noteMissing(missing.map { walks[$0].reference })
        walks.removeAll(keepingCapacity: true)
        return taken
    }

    private func check(_ walk: Walk, at place: EntryPlace, in table: MarkedTable) {
        guard walk.level == PendingWalk.listing else { return }
        let length = (try? table.open.table.chunk(Int(place.position)))?.length
        if length.map(UInt64.init) != walk.sizeInBytes {
            state.noteDamage(walk.id, "a listing of \(walk.sizeInBytes) bytes has another size")
        }
    }
}

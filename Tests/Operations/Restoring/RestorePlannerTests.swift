import RepositoryFormat
import Restoring
import SnapshotModel
import TestSupport
import Testing

/// Plans compared with what follows from the wishes when one looks at them one by one.
struct RestorePlannerTests {
    /// A chunk that a file wants.
    private struct Wish: Hashable {
        let id: ChunkID
        let file: UInt32
        let offset: UInt64
    }

    /// Something that a plan fulfils, with where it takes the chunk from.
    private struct Fulfilment {
        let wish: Wish
        let pack: PackID
        let block: BlockRecord
        let chunk: RestorePlan.Chunk
    }

    /// Packs of which some have the same chunks, and what files want of them.
    private struct Case {
        var locations: [ChunkID: [ChunkLocation]] = [:]
        var wishes: [Wish] = []
        let gap: Int
        let length: Int

        init(seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            let shared = generator.array(1...20) { $0.chunkID() }
            let packs = generator.array(1...8) { generator in
                generator.imaginaryPack(blocks: 1...12, chunksPerBlock: 1...5) { generator in
                    generator.oneIn(4) ? generator.pick(shared) : generator.chunkID()
                }
            }
            for (id, location) in packs.flatMap(\.locations) {
                locations[id, default: []].append(location)
            }
            let ids = locations.keys.sorted() + generator.array(1...3) { $0.chunkID() }
            let share = generator.number(in: 1...4)
            for file in 0..<UInt32(generator.number(in: 1...30)) {
                var offset: UInt64 = 0
                for _ in 0..<generator.number(in: 1...10) where generator.oneIn(share) {
                    wishes.append(Wish(id: generator.pick(ids), file: file, offset: offset))
                    offset += UInt64(generator.number(in: 1...100_000))
                }
            }
            gap = generator.pick([0, 1, 1_000, 100_000, 1024 * 1024])
            length = generator.pick([1, 50_000, 300_000, 16 * 1024 * 1024])
        }

        /// The wishes that some pack can fulfil.
        var possible: [Wish] { wishes.filter { locations[$0.id] != nil } }

        func plan() -> RestorePlan { planner().plan(gapInBytes: gap, partInBytes: length) }

        func planner() -> RestorePlanner {
            var planner = RestorePlanner()
            for wish in wishes {
                let place = RestorePlan.Place(file: wish.file, offset: wish.offset)
                let length = planner.want(wish.id, at: place) { locations[$0] ?? [] }
                #expect(length == locations[wish.id]?.first?.length)
            }
            return planner
        }
    }

    private func fulfilments(of plan: RestorePlan) -> [[Fulfilment]] {
        plan.ranges.map { range in
            plan.blocks[range.blocks].flatMap { block in
                block.chunks.flatMap { position in
                    let chunk = plan.chunk(at: position)
                    var result: [Fulfilment] = []
                    plan.forEachPlace(ofChunkAt: position) { place in
                        let wish = Wish(id: chunk.id, file: place.file, offset: place.offset)
                        result.append(
                            Fulfilment(
                                wish: wish, pack: range.pack, block: block.record, chunk: chunk))
                    }
                    return result
                }
            }
        }
    }

    private func counts(_ wishes: [Wish]) -> [Wish: Int] {
        wishes.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test(arguments: seeds(count: 60))
    func `each wish is fulfilled once, from where the chunk is`(seed: UInt64) {
        let all = Case(seed: seed)
        let done = fulfilments(of: all.plan()).flatMap { $0 }
        #expect(counts(done.map(\.wish)) == counts(all.possible))
        for one in done {
            let location = ChunkLocation(
                pack: one.pack, block: one.block, offset: one.chunk.offset,
                length: one.chunk.length)
            #expect(all.locations[one.wish.id]?.contains(location) == true)
        }
    }

    @Test(arguments: seeds(count: 60))
    func `what is wanted of packs is what the plan reads, without the gaps`(seed: UInt64) {
        var all = Case(seed: seed)
        all.locations = all.locations.compactMapValues { $0.first.map { [$0] } }
        let blocks = all.plan().blocks
        #expect(
            all.planner().storedInBytes == blocks.reduce(0) { $0 + UInt64($1.record.storedLength) })
    }

    @Test(arguments: seeds(count: 60))
    func `each chunk and each byte is read once`(seed: UInt64) {
        let plan = Case(seed: seed).plan()
        let ids = plan.blocks.flatMap { $0.chunks.map { plan.chunk(at: $0).id } }
        #expect(Set(ids).count == ids.count)
        let byPack = Dictionary(grouping: plan.ranges, by: \.pack)
        for ranges in byPack.values {
            let sorted = ranges.sorted { $0.offset < $1.offset }
            for (left, right) in zip(sorted, sorted.dropFirst()) {
                #expect(left.offset + UInt64(left.length) <= right.offset)
            }
        }
        #expect(plan.readBytes == plan.ranges.reduce(0) { $0 + UInt64($1.length) })
    }

    @Test(arguments: seeds(count: 60))
    func `ranges hold their blocks, in order, and no more than they must`(seed: UInt64) {
        let plan = Case(seed: seed).plan()
        #expect(plan.ranges.map(\.blocks).flatMap { $0 } == Array(plan.blocks.indices))
        for range in plan.ranges {
            let records = plan.blocks[range.blocks].map(\.record)
            #expect(UInt64(records[0].offset) == range.offset)
            #expect(records[records.count - 1].end == range.offset + UInt64(range.length))
            for (left, right) in zip(records, records.dropFirst()) {
                #expect(left.end <= UInt64(right.offset))
            }
        }
        #expect(plan.blocks.allSatisfy { !$0.chunks.isEmpty })
    }

    @Test(arguments: seeds(count: 60))
    func `neighbours are joined across gaps, and long stretches cut into few`(seed: UInt64) {
        let all = Case(seed: seed)
        let plan = all.plan()
        for (pack, ranges) in Dictionary(grouping: plan.ranges, by: \.pack) {
            var stretches: [[BlockRecord]] = []
            let blocks = plan.blocks.indices.filter { block in
                ranges.contains { $0.blocks.contains(block) }
            }
            let records = blocks.map { plan.blocks[$0].record }
            for record in records.sorted(by: { $0.offset < $1.offset }) {
                if let last = stretches.last?.last, UInt64(record.offset) - last.end <= all.gap {
                    stretches[stretches.count - 1].append(record)
                } else {
                    stretches.append([record])
                }
            }
            let most = stretches.reduce(0) { count, stretch in
                let total = Int(stretch[stretch.count - 1].end) - Int(stretch[0].offset)
                return count + max(1, total / all.length)
            }
            #expect((stretches.count...most).contains(ranges.count), "pack \(pack)")
            let largest = blocks.map { Int(plan.blocks[$0].record.storedLength) }.max() ?? 0
            #expect(ranges.allSatisfy { $0.length < 2 * all.length + all.gap + largest })
        }
    }

    @Test(arguments: seeds(count: 60))
    func `ranges come in the order in which files need them`(seed: UInt64) {
        let all = Case(seed: seed)
        var first: [ChunkID: Int] = [:]
        for (number, wish) in all.wishes.enumerated().reversed() { first[wish.id] = number }
        let firsts = fulfilments(of: all.plan()).map { $0.compactMap { first[$0.wish.id] }.min() }
        for (left, right) in zip(firsts, firsts.dropFirst()) {
            #expect(left ?? .max < right ?? .min)
        }
    }

    @Test func `a chunk of several packs is taken from one that is read anyway`() throws {
        var generator = SeededGenerator(seed: 1)
        let both = generator.chunkID()
        let left = generator.imaginaryPack(blocks: 2...2, chunksPerBlock: 1...1) { _ in both }
        var isFirst = true
        let right = generator.imaginaryPack(blocks: 2...2, chunksPerBlock: 1...1) { generator in
            defer { isFirst = false }
            return isFirst ? both : generator.chunkID()
        }
        // Of the length that the other claims, or it would not count as another place of it.
        let length = try #require(left.locations.first).location.length
        let places = (left.locations + right.locations).filter { $0.id == both }.map { location in
            ChunkLocation(
                pack: location.location.pack, block: location.location.block, offset: 0,
                length: length)
        }
        let other = try #require(right.locations.last)
        for order in [places, places.reversed()] {
            var planner = RestorePlanner()
            for (number, id) in [both, other.id].enumerated() {
                let place = RestorePlan.Place(file: 0, offset: UInt64(number))
                _ = planner.want(id, at: place) { $0 == both ? order : [other.location] }
            }
            #expect(Set(planner.plan().ranges.map(\.pack)) == [right.id])
        }
    }

    @Test func `nothing wanted is nothing read`() {
        let planner = RestorePlanner()
        #expect(planner.isEmpty && planner.sizeInBytes == 0)
        #expect(planner.plan().ranges.isEmpty)
    }

    @Test func `the size grows with all that is wanted`() throws {
        var generator = SeededGenerator(seed: 2)
        let pack = generator.imaginaryPack(blocks: 1...1, chunksPerBlock: 2...2)
        var planner = RestorePlanner()
        var sizes = [planner.sizeInBytes]
        for (number, found) in (pack.locations + pack.locations).enumerated() {
            let place = RestorePlan.Place(file: 0, offset: UInt64(number))
            _ = planner.want(found.id, at: place) { _ in [found.location] }
            sizes.append(planner.sizeInBytes)
        }
        #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 < $1 })
        // The second place of a chunk costs less than the chunk.
        #expect(sizes[4] - sizes[3] < sizes[2] - sizes[1])
    }
}

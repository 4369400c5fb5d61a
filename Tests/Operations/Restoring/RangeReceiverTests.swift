import ObjectStore
import RepositoryFormat
import SnapshotModel
import Synchronization
import TestSupport
import Testing
import WorkerThreads

@testable import Restoring

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Parts of ranges on their way from a request to the threads that write.
struct RangeReceiverTests {
    /// Blocks of one pack, each with one chunk.
    private static func plan(_ blocks: [(offset: Int, length: Int)]) -> RestorePlan {
        var generator = SeededGenerator(seed: 52)
        let pack = PackID(generator.digest())
        var planner = RestorePlanner()
        for (number, block) in blocks.enumerated() {
            let record = BlockRecord(
                offset: UInt32(block.offset), storedLength: UInt32(block.length),
                plainLength: UInt32(block.length), codec: .stored, kind: .data)
            let location = ChunkLocation(
                pack: pack, block: record, offset: 0, length: UInt32(block.length))
            _ = planner.want(
                generator.chunkID(), at: RestorePlan.Place(file: 0, offset: UInt64(number))
            ) { _ in [location] }
        }
        return planner.plan(gapInBytes: 10_000_000, partInBytes: 1_000_000_000)
    }

    /// Passed parts, and what is still to be done of them.
    private final class Passed: Sendable {
        let parts = Mutex<[FetchedPart]>([])
        let isDone = Mutex(false)

        var blocks: [Range<Int>] { parts.withLock { $0.map(\.blocks) } }
        /// Whether the bytes have come, part by part.
        var whole: [Bool] { parts.withLock { $0.map { $0.stored != nil } } }
        var shares: [Int] { parts.withLock { $0.map(\.shareInBytes) } }
    }

    private func makeReceiver(
        _ plan: RestorePlan, _ budget: ByteBudget
    ) -> (RangeReceiver, Passed) {
        let passed = Passed()
        let none = LocalSources([], claims: [], open: [:])
        let segment = RestoreSegment(plan, [], held: [:], sources: none) {
            passed.isDone.withLock { $0 = true }
        }
        let receiver = RangeReceiver(plan.ranges[0], of: segment, budget) { part in
            passed.parts.withLock { $0.append(part) }
        }
        return (receiver, passed)
    }

    private static let mebibyte = 1024 * 1024

    // MARK: Parts

    /// What parts must be, whatever a table says.
    private func expectParts(_ plan: RestorePlan) {
        for range in plan.ranges {
            let parts = plan.parts(of: range)
            #expect(parts.map(\.blocks).flatMap { $0 } == Array(range.blocks))
            for (left, right) in zip(parts, parts.dropFirst()) {
                #expect(left.bytes.upperBound <= right.bytes.lowerBound)
            }
            #expect(
                parts.allSatisfy { !$0.bytes.isEmpty && !$0.blocks.isEmpty } || parts.count == 1)
            #expect(parts.allSatisfy { $0.bytes.upperBound <= range.length })
            for part in parts {
                for block in plan.blocks[part.blocks] where block.record.storedLength > 0 {
                    let start = Int(UInt64(block.record.offset) - range.offset)
                    #expect(part.bytes.contains(start))
                    #expect(start + Int(block.record.storedLength) <= part.bytes.upperBound)
                }
            }
        }
    }

    @Test(arguments: seeds(count: 100))
    func `every block is in one part as a whole, also of a damaged table`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let isDamaged = generator.oneIn(2)
        let largest = generator.pick([10, 100_000, 3_000_000])
        var end = 0
        let blocks = generator.array(1...30) { generator in
            let offset = isDamaged ? generator.number(in: 0...3 * largest) : end
            let length = generator.number(in: (isDamaged ? 0 : 1)...largest)
            end = offset + length + (generator.oneIn(4) ? generator.number(in: 1...largest) : 0)
            return (offset: offset, length: length)
        }
        expectParts(Self.plan(blocks))
    }

    @Test func `small blocks go together, large ones alone, and gaps in none`() {
        let size = Self.mebibyte
        let plan = Self.plan([
            (0, 10), (10, 20), (30, size), (size + 30, 5), (size + 40, size), (2 * size + 40, size),
        ])
        let parts = plan.parts(of: plan.ranges[0])
        #expect(parts.map(\.blocks) == [0..<3, 3..<4, 4..<5, 5..<6])
        #expect(
            parts.map(\.bytes) == [
                0..<size + 30, size + 30..<size + 35, size + 40..<2 * size + 40,
                2 * size + 40..<3 * size + 40,
            ])
    }

    @Test func `a range without bytes is passed on without bytes`() {
        let plan = Self.plan([(7, 0)])
        let (receiver, passed) = makeReceiver(plan, ByteBudget(capacityInBytes: 1))
        #expect(receiver.range.parts.isEmpty)
        receiver.finish()
        #expect(passed.blocks == [0..<1] && passed.whole == [false])
    }

    // MARK: Room

    private static func bytes(_ count: Int) -> ObjectBytes {
        ObjectBytes(copying: [UInt8](repeating: 1, count: count))
    }

    /// Three parts of a mebibyte each.
    private static let three = plan((0..<3).map { ($0 * mebibyte, mebibyte) })

    @Test func `a range that comes whole is passed on part by part`() {
        let size = Self.mebibyte
        let budget = ByteBudget(capacityInBytes: 3 * size)
        let (receiver, passed) = makeReceiver(Self.three, budget)
        #expect(receiver.range.deliver(Self.bytes(3 * size), to: receiver))
        receiver.finish()
        #expect(passed.blocks == [0..<1, 1..<2, 2..<3] && passed.whole == [true, true, true])
        #expect(passed.shares == [size, size, size])
        #expect(budget.take(1) { _ in } == nil)
    }

    @Test func `a part waits until the one before it is written`() {
        let size = Self.mebibyte
        let budget = ByteBudget(capacityInBytes: size)
        let (receiver, passed) = makeReceiver(Self.three, budget)
        let woken = Mutex<[String]>([])
        #expect(receiver.makeRoom(for: 0) { Issue.record("no wait") } == .given)
        receiver.receive(0, Self.bytes(size))
        #expect(receiver.makeRoom(for: 1) { woken.withLock { $0.append("first") } } == .later)
        // A transfer that has ended meanwhile asks again under another name.
        #expect(receiver.makeRoom(for: 1) { woken.withLock { $0.append("second") } } == .later)
        budget.give(size)
        #expect(woken.withLock { $0 } == ["second"])
        #expect(receiver.makeRoom(for: 1) { Issue.record("no wait") } == .given)
        receiver.receive(1, Self.bytes(size))
        #expect(passed.blocks == [0..<1, 1..<2])
    }

    @Test(arguments: 0...3)
    func `what has not come is passed on without bytes, and holds nothing`(count: Int) {
        let size = Self.mebibyte
        let budget = ByteBudget(capacityInBytes: 4 * size)
        let (receiver, passed) = makeReceiver(Self.three, budget)
        #expect(receiver.range.deliver(Self.bytes(count * size), to: receiver))
        // The transfer breaks off in the middle of the next part.
        if count < 3 { #expect(receiver.makeRoom(for: count) {} == .given) }
        receiver.finish()
        #expect(passed.blocks == [0..<1, 1..<2, 2..<3])
        #expect(passed.whole == (0..<3).map { $0 < count })
        #expect(passed.shares == (0..<3).map { $0 < count ? size : 0 })
        for share in passed.shares where share > 0 { budget.give(share) }
        #expect(budget.take(4 * size) { _ in } == true)
    }

    @Test func `room that comes too late goes back`() {
        let size = Self.mebibyte
        let budget = ByteBudget(capacityInBytes: size)
        #expect(budget.take(size) { _ in } == true)
        let (receiver, passed) = makeReceiver(Self.three, budget)
        #expect(receiver.makeRoom(for: 0) { Issue.record("nobody is there") } == .later)
        receiver.finish()
        #expect(passed.whole == [false, false, false])
        budget.give(size)
        #expect(budget.take(size) { _ in } == true)
    }

    @Test func `nobody waits for a budget that was cancelled`() {
        let size = Self.mebibyte
        let budget = ByteBudget(capacityInBytes: size)
        let (receiver, _) = makeReceiver(Self.three, budget)
        let woken = Mutex(0)
        #expect(receiver.makeRoom(for: 0) { Issue.record("no wait") } == .given)
        receiver.receive(0, Self.bytes(size))
        #expect(receiver.makeRoom(for: 1) { woken.withLock { $0 += 1 } } == .later)
        budget.cancel()
        #expect(woken.withLock { $0 } == 1)
        #expect(receiver.makeRoom(for: 1) { Issue.record("no wait") } == .never)
        let (other, _) = makeReceiver(Self.three, budget)
        #expect(!other.range.deliver(Self.bytes(3 * size), to: other))
    }

    @Test func `whoever may wait is let go when there is room`() throws {
        let size = Self.mebibyte
        let budget = ByteBudget(capacityInBytes: size)
        let (receiver, passed) = makeReceiver(Self.three, budget)
        try withThreads { threads in
            threads.spawn {
                #expect(receiver.range.deliver(Self.bytes(3 * size), to: receiver))
            }
            threads.spawn {
                for _ in 0..<3 {
                    while passed.parts.withLock({ $0.isEmpty }) { usleep(100) }
                    let part = passed.parts.withLock { $0.removeFirst() }
                    budget.give(part.shareInBytes)
                }
            }
        }
        #expect(budget.take(size) { _ in } == true)
    }

    @Test func `a segment ends with its last block`() {
        let (receiver, passed) = makeReceiver(Self.three, ByteBudget(capacityInBytes: 1 << 30))
        receiver.finish()
        let parts = passed.parts.withLock { $0 }
        for (number, part) in parts.enumerated() {
            #expect(passed.isDone.withLock { $0 } == false, "\(number)")
            part.segment.end(part.blocks.count)
        }
        #expect(passed.isDone.withLock { $0 })
    }
}

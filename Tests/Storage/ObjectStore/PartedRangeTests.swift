import ObjectStore
import TestSupport
import Testing

struct PartedRangeTests {
    private static let bytes: [UInt8] = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    @Test(arguments: seeds(count: 20))
    func `whole parts of what is there are handed over in order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let range = generator.partedRange(within: 1000)
        let size = generator.number(in: 0...1000)
        let there = Self.bytes[Int(range.offset)...].prefix(min(size, range.length))
        let first = generator.number(in: 0...range.parts.count)
        let recorder = Recorder(first: first)
        #expect(range.deliver(ObjectBytes(copying: there), from: first, to: recorder.receiver))
        let whole = range.cut(Array(Self.bytes.prefix(Int(range.offset) + there.count)))
        #expect(recorder.receiver.parts.dropFirst(first) == whole.dropFirst(first))
    }

    /// A recorder that has the first parts already.
    private struct Recorder {
        let receiver = PartRecorder()

        init(first: Int) {
            for part in 0..<first {
                _ = receiver.makeRoom(for: part) {}
                receiver.receive(part, ObjectBytes(copying: []))
            }
        }
    }

    @Test func `delivery waits for room, and asks again`() {
        let range = PartedRange(offset: 0, length: 9, parts: [0..<4, 4..<9])
        let bytes = ObjectBytes(copying: Self.bytes.prefix(9))
        let recorder = PartRecorder { question in question.isMultiple(of: 3) ? .given : .later }
        #expect(range.deliver(bytes, to: recorder))
        #expect(recorder.parts == range.cut(Self.bytes))
    }

    @Test func `delivery ends when nobody wants the parts any more`() {
        let range = PartedRange(offset: 0, length: 3, parts: [0..<1, 1..<2, 2..<3])
        let bytes = ObjectBytes(copying: Self.bytes.prefix(3))
        let answers: [PartRoom] = [.given, .later, .never]
        let recorder = PartRecorder { question in answers[question - 1] }
        #expect(!range.deliver(bytes, to: recorder))
        #expect(recorder.parts.count == 1)
    }

    @Test func `parts keep the bytes alive that they are of`() {
        let range = PartedRange(offset: 0, length: 1000, parts: [10..<20])
        let kept = Keeper()
        #expect(range.deliver(ObjectBytes(copying: Self.bytes), to: kept))
        #expect(kept.part?.array == Array(Self.bytes[10..<20]))
    }

    private final class Keeper: PartReceiver, @unchecked Sendable {
        // @unchecked: one thread only.
        private(set) var part: ObjectBytes?

        func makeRoom(for part: Int, orCall wake: @escaping @Sendable () -> Void) -> PartRoom {
            .given
        }

        func waitForRoom(for part: Int) -> Bool { true }

        func receive(_ part: Int, _ bytes: ObjectBytes) { self.part = bytes }
    }
}

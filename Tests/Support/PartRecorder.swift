package import ObjectStore
import Synchronization
import Testing

/// Takes parts and keeps them; says that there is no room as its script wants it.
package final class PartRecorder: PartReceiver {
    private struct State {
        var parts: [[UInt8]] = []
        var asked = 0
        var hasRoom = false
    }

    private let room: @Sendable (_ question: Int) -> PartRoom
    private let state = Mutex(State())

    /// - Parameter room: the answer to a question, by its number from 1 on. Whoever is told to come
    ///   later is not told when.
    package init(room: @escaping @Sendable (_ question: Int) -> PartRoom = { _ in .given }) {
        self.room = room
    }

    /// What has come so far.
    package var parts: [[UInt8]] { state.withLock { $0.parts } }

    package func makeRoom(
        for part: Int, orCall wake: @escaping @Sendable () -> Void
    ) -> PartRoom {
        state.withLock { state in
            #expect(part == state.parts.count, "the parts come in order")
            if state.hasRoom { return .given }
            state.asked += 1
            let answer = room(state.asked)
            state.hasRoom = answer == .given
            return answer
        }
    }

    package func waitForRoom(for part: Int) -> Bool {
        while true {
            switch makeRoom(for: part, orCall: {}) {
            case .given: return true
            case .never: return false
            case .later: continue
            }
        }
    }

    package func receive(_ part: Int, _ bytes: ObjectBytes) {
        state.withLock { state in
            #expect(part == state.parts.count && state.hasRoom, "part \(part)")
            state.hasRoom = false
            state.parts.append(bytes.array)
        }
    }
}

extension PartedRange {
    /// The parts of a range of an object, as far as the object has them whole.
    package func cut(_ object: [UInt8]) -> [[UInt8]] {
        parts.map { part in
            let start = Int(offset) + part.lowerBound
            return Array(object[min(start, object.count)..<min(start + part.count, object.count)])
        }.enumerated().prefix { number, bytes in bytes.count == parts[number].count }.map(\.1)
    }
}

extension SeededGenerator {
    /// A range within the first bytes of something, with gaps before, between and behind its parts.
    package mutating func partedRange(within size: Int) -> PartedRange {
        let start = number(in: 0...size - 1)
        let length = number(in: 1...size - start)
        var parts: [Range<Int>] = []
        var end = 0
        while end < length {
            let first = oneIn(3) ? number(in: end...length - 1) : end
            end = number(in: first + 1...min(length, first + max(1, length / 3)))
            parts.append(first..<end)
            if oneIn(8) { break }
        }
        return PartedRange(offset: UInt64(start), length: length, parts: parts)
    }
}

import HTTPTransport
import ObjectStore
import Synchronization
import WorkerThreads

/// Cuts the body of an answer into the parts that are wanted, while it comes in.
///
/// Memory is taken for a part when its first byte comes, and is the receiver's when its last one
/// has come: a transfer that waits for memory holds none, so any number of them get through, one
/// after the other at worst. A call may be sent again: what was taken is passed over then.
final class PartCollector: BodyReceiver {
    private struct State {
        /// How many bytes of this answer have come and were taken.
        var position = 0
        /// How many bytes of the range were taken from any answer.
        var taken = 0
        /// The part that is at hand or comes next.
        var part = 0
        /// The memory of the part at hand.
        var memory: HTTPBody?
        /// How many bytes this answer is to have.
        var expected: UInt64 = 0
    }

    private let range: PartedRange
    private let receiver: any PartReceiver
    private let pool: MemoryPool
    private let state = Mutex(State())

    init(_ range: PartedRange, to receiver: any PartReceiver, pool: MemoryPool) {
        self.range = range
        self.receiver = receiver
        self.pool = pool
    }

    private var wanted: ObjectRange { .from(offset: range.offset, length: range.length) }

    /// Takes answers that have the range; what is wrong with others is seen when they are there.
    func begin(status: Int, fields: HTTPFields) -> Bool {
        guard let found = fields["content-range"].flatMap({ ContentRange($0) }),
            found == RangedExchange.expected(wanted, sizeOfObject: found.total)
        else { return false }
        // rclone's server says 200 to a range, too; its length tells that it is not the object.
        let isRange =
            status == 206
            || status == 200 && fields["content-length"] == "\(found.length)"
        guard isRange else { return false }
        state.withLock { state in
            state.position = 0
            state.expected = found.length
        }
        return true
    }

    func receive(
        _ bytes: UnsafeRawBufferPointer, resume: @escaping @Sendable () -> Void
    ) -> BodyReceipt {
        state.withLock { state in
            let end = state.position + bytes.count
            while state.taken < end {
                guard state.part < range.parts.count else {
                    state.taken = end
                    break
                }
                let part = range.parts[state.part]
                if state.taken < part.lowerBound {
                    state.taken = min(part.lowerBound, end)
                    continue
                }
                let memory: HTTPBody
                if let known = state.memory {
                    memory = known
                } else {
                    switch receiver.makeRoom(for: state.part, orCall: resume) {
                    case .given: memory = HTTPBody(capacity: part.count, from: pool)
                    case .later: return .later
                    case .never: return .refused
                    }
                    state.memory = memory
                }
                let next = min(part.upperBound, end)
                let piece = bytes[state.taken - state.position..<next - state.position]
                memory.append(UnsafeRawBufferPointer(rebasing: piece))
                state.taken = next
                guard next == part.upperBound else { continue }
                receiver.receive(state.part, ObjectBytes(bytes: memory.bytes, owner: memory))
                state.memory = nil
                state.part += 1
            }
            state.position = end
            return .taken
        }
    }

    /// Checks an answer that has ended, and hands over what is still to be handed over.
    func finish(_ response: HTTPResponse) throws(S3Failure) {
        let (expected, part) = state.withLock { ($0.expected, $0.part) }
        guard let received = response.receivedInBytes else {
            let bytes = try RangedExchange.bytes(of: response, wanted)
            guard range.deliver(bytes, from: part, to: receiver) else {
                throw S3Failure(.interrupted, cause: "nobody needs the answer any more")
            }
            return
        }
        guard UInt64(received) == expected else {
            throw .badAnswer("\(received) bytes came, Content-Range promises \(expected)")
        }
    }
}

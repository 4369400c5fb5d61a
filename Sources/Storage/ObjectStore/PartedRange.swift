/// Bytes of an object that are read with one request, and handed over in parts as they arrive.
package struct PartedRange: Hashable, Sendable {
    /// Bytes from the start of the object.
    package let offset: UInt64
    /// How many bytes the request is for.
    package let length: Int
    /// In bytes from `offset`, ascending, without overlaps; what lies between is read in vain.
    package let parts: [Range<Int>]

    /// A range; the parts must lie within it, and none may be empty.
    package init(offset: UInt64, length: Int, parts: [Range<Int>]) {
        var end = 0
        for part in parts {
            precondition(!part.isEmpty && part.lowerBound >= end, "parts overlap")
            end = part.upperBound
        }
        precondition(end <= length, "a part lies outside of its range")
        self.offset = offset
        self.length = length
        self.parts = parts
    }
}

/// Whether there is memory for a part.
package enum PartRoom: Sendable {
    /// There is, and it is the part's.
    case given
    /// There is none now.
    case later
    /// Nobody wants the parts any more.
    case never
}

/// Takes the parts of a range.
///
/// The calls come one after the other, part by part, in order. All but `waitForRoom` may come from
/// a thread that serves other requests too, so they must be short and must not wait.
package protocol PartReceiver: Sendable {
    /// Asks for memory for the next part, before the first byte of it is kept. What was given and
    /// is not used yet is given again.
    /// - Parameter wake: after `.later` it is called from any thread when the answer is another
    ///   one. Of several for the same part the last one is called.
    func makeRoom(for part: Int, orCall wake: @escaping @Sendable () -> Void) -> PartRoom

    /// As `makeRoom`, but waits until there is room.
    /// - Returns: `false` when nobody wants the parts any more.
    func waitForRoom(for part: Int) -> Bool

    /// Takes the next part, for which there was room.
    func receive(_ part: Int, _ bytes: ObjectBytes)
}

extension PartedRange {
    /// Hands over parts of a range that is there already, waiting for room.
    /// - Parameters:
    ///   - bytes: the range, perhaps without its end: only whole parts are handed over.
    ///   - first: the first part to be handed over.
    /// - Returns: `false` when nobody wants the parts any more.
    package func deliver(
        _ bytes: ObjectBytes, from first: Int = 0, to receiver: any PartReceiver
    ) -> Bool {
        for (number, part) in parts.enumerated().dropFirst(first) {
            guard part.upperBound <= bytes.count else { return true }
            guard receiver.waitForRoom(for: number) else { return false }
            receiver.receive(
                number,
                ObjectBytes(
                    bytes: UnsafeRawBufferPointer(rebasing: bytes.bytes[part]), owner: bytes))
        }
        return true
    }
}

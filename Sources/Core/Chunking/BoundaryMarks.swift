/// The places of an input where a chunk may end, wherever it begins.
///
/// A bit of the gear hash has left it 64 bytes later. So from 64 bytes behind a chunk's minimum on
/// a place either fits the masks or does not, whatever came before those 64: stretches of one
/// input can be looked through in any order, by different threads, and be put together afterwards.
package struct BoundaryMarks: Sendable {
    /// A place where the hash fits the mask for long chunks at least.
    struct Mark: Sendable, Equatable {
        /// How many bytes of the input lie before it.
        let position: UInt64
        /// Whether it fits the mask for short chunks, too.
        let isStrict: Bool
    }

    /// How many bytes the hash depends on: one for each of its bits.
    static let windowInBytes = 64

    /// All places from here on are known, up to the end of the bytes.
    private(set) var start: UInt64
    private var marks: [Mark]
    /// The first mark that a later chunk may need.
    private var first = 0

    init(start: UInt64, marks: [Mark]) {
        self.start = start
        self.marks = marks
    }

    /// Adds the marks of the bytes behind.
    /// - Parameters:
    ///   - next: the marks of `bytes` from `seam` on.
    ///   - bytes: what is still to be cut; its marks up to `seam` are these.
    ///   - seam: the number of bytes before those that `next` knows.
    package mutating func append(
        _ next: Self, to bytes: UnsafeRawBufferPointer, seam: Int, by cutter: ChunkCutter
    ) {
        let reach = Self.windowInBytes - 1
        // Windows that lie on both sides of the seam. Before the bytes no chunk begins any more, so
        // nobody needs windows that begin there.
        let low = max(0, seam - reach)
        let both = UnsafeRawBufferPointer(
            rebasing: bytes[low..<min(bytes.count, seam + reach)])
        let origin = next.start - UInt64(Self.windowInBytes) - UInt64(seam - low)
        marks.removeFirst(first)
        first = 0
        // So few places have few marks.
        marks += cutter.marks(in: both, at: origin)?.marks ?? []
        marks += next.marks
    }

    /// The length of the chunk that begins where `bytes` begin: the same as without marks.
    /// - Parameters:
    ///   - bytes: at least `maximumInBytes` of the input, or all that is left of it.
    ///   - offset: how many bytes of the input lie before these; at each call more.
    package mutating func length(
        of bytes: UnsafeRawBufferPointer, at offset: UInt64, by cutter: ChunkCutter
    ) -> Int {
        let near = cutter.minimum + Self.windowInBytes
        let end = min(bytes.count, cutter.maximum)
        guard near < end, start <= offset + UInt64(near) + 1 else {
            return cutter.length(of: bytes)
        }
        // Up to there the hash has seen fewer bytes than the marks have.
        if let length = cutter.boundary(in: bytes, upTo: near) { return length }
        let middle = offset + UInt64(min(end, cutter.average))
        let mark = first(behind: offset + UInt64(near), strictUpTo: middle)
        guard let mark, mark < offset + UInt64(end) else { return end }
        return Int(mark - offset)
    }

    /// The first mark behind a place that is strict, or behind another place in any case.
    private mutating func first(behind start: UInt64, strictUpTo middle: UInt64) -> UInt64? {
        while first < marks.count, marks[first].position <= start { first += 1 }
        return marks[first...].first { $0.isStrict || $0.position > middle }?.position
    }
}

extension ChunkCutter {
    /// Of so many places one may be a mark, or marks are of no use.
    private static let placesPerMark = 32

    /// Looks for the places where a chunk may end.
    /// - Parameter offset: how many bytes of the input lie before these.
    /// - Returns: the marks from 64 bytes behind the first byte on; `nil` for bytes with so many
    ///   that to cut them one chunk after the other is better: repetitions can have one at each.
    package func marks(in bytes: UnsafeRawBufferPointer, at offset: UInt64) -> BoundaryMarks? {
        let window = BoundaryMarks.windowInBytes
        let start = offset + UInt64(window)
        guard !isFixed, bytes.count >= window, let base = bytes.baseAddress else {
            return BoundaryMarks(start: start, marks: [])
        }
        let places = bytes.count - window + 1
        let scan = MarkScan(
            input: base.assumingMemoryBound(to: UInt8.self), table: table,
            looseMask: looseMask, strictMask: strictMask, offset: start,
            most: window + places / MarkScan.laneCount / Self.placesPerMark)
        return scan.marks(places: places).map { BoundaryMarks(start: start, marks: $0) }
    }
}

/// One look through bytes.
private struct MarkScan {
    let input: UnsafePointer<UInt8>
    let table: GearTable
    let looseMask: UInt64
    let strictMask: UInt64
    /// The position of the first place in the input.
    let offset: UInt64
    /// More marks of a lane than this are too many.
    let most: Int

    /// At how many places it hashes in turns.
    static let laneCount = 4

    /// The marks of the first places, of which each needs the 64 bytes before it.
    /// - Returns: `nil` for too many.
    func marks(places: Int) -> [BoundaryMarks.Mark]? {
        let lane = places / Self.laneCount
        guard let found = lanes(of: lane),
            let rest = single(lane * Self.laneCount..<places)
        else { return nil }
        return found + rest
    }

    /// Hashes from four places at once: each step of one lane has to wait for the step before it,
    /// but not for those of the others.
    private func lanes(of count: Int) -> [BoundaryMarks.Mark]? {
        let words = table.words
        let mask = looseMask
        let (one, two, three) = (count, 2 * count, 3 * count)
        var (a, b, c, d) = (begin(0), begin(one), begin(two), begin(three))
        var found = [[BoundaryMarks.Mark]](repeating: [], count: Self.laneCount)
        let last = input + (BoundaryMarks.windowInBytes - 1)
        for step in 0..<count {
            // The hashes wrap by design.
            a = (a << 1) &+ words[Int(last[step])]
            b = (b << 1) &+ words[Int(last[one &+ step])]
            c = (c << 1) &+ words[Int(last[two &+ step])]
            d = (d << 1) &+ words[Int(last[three &+ step])]
            if a & mask == 0 { guard note(a, step, &found[0]) else { return nil } }
            if b & mask == 0 { guard note(b, one + step, &found[1]) else { return nil } }
            if c & mask == 0 { guard note(c, two + step, &found[2]) else { return nil } }
            if d & mask == 0 { guard note(d, three + step, &found[3]) else { return nil } }
        }
        return Array(found.joined())
    }

    private func single(_ places: Range<Int>) -> [BoundaryMarks.Mark]? {
        var found: [BoundaryMarks.Mark] = []
        var hash = begin(places.lowerBound)
        for place in places {
            hash = (hash << 1) &+ table.words[Int(input[place + BoundaryMarks.windowInBytes - 1])]
            if hash & looseMask == 0 { guard note(hash, place, &found) else { return nil } }
        }
        return found
    }

    /// The hash of all bytes before a place but the last one.
    private func begin(_ place: Int) -> UInt64 {
        var hash: UInt64 = 0
        for position in place..<place + BoundaryMarks.windowInBytes - 1 {
            hash = (hash << 1) &+ table.words[Int(input[position])]
        }
        return hash
    }

    @inline(never)
    private func note(_ hash: UInt64, _ place: Int, _ marks: inout [BoundaryMarks.Mark]) -> Bool {
        marks.append(
            BoundaryMarks.Mark(
                position: offset + UInt64(place), isStrict: hash & strictMask == 0))
        return marks.count <= most
    }
}

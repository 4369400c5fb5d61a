/// Finds where the next chunk ends: a gear hash with normalised chunking.
///
/// After FastCDC (Xia et al., USENIX ATC 2016): below the average size a boundary needs two hash
/// bits more than the average asks for, above it two less, so sizes gather around the average. The
/// hash starts anew at each chunk's minimum, so a boundary depends on the bytes of its chunk only.
package struct ChunkCutter: Sendable {
    let table: GearTable
    let minimum: Int
    let average: Int
    let maximum: Int
    let strictMask: UInt64
    let looseMask: UInt64

    /// How many bits the two masks differ from the average: FastCDC's normalisation level 2.
    private static let normalisationLevel = 2

    /// A cutter for the given sizes in bytes.
    /// - Parameter average: a power of two, at least 64.
    package init(table: GearTable = .standard, minimum: Int, average: Int, maximum: Int) {
        precondition(average >= 64 && average & (average - 1) == 0, "average is no power of two")
        precondition(minimum > 0 && minimum <= average && average <= maximum, "sizes out of order")
        self.table = table
        self.minimum = minimum
        self.average = average
        self.maximum = maximum
        let bits = average.trailingZeroBitCount
        strictMask = Self.highBits(bits + Self.normalisationLevel)
        looseMask = Self.highBits(bits - Self.normalisationLevel)
    }

    /// The most bytes a chunk can have: `length(of:)` needs to see as many unless the input ends.
    package var maximumInBytes: Int { maximum }

    /// Whether all chunks have the same length, whatever they hold.
    var isFixed: Bool { minimum == maximum }

    /// The length of the chunk that begins where `bytes` begin.
    /// - Parameter bytes: at least `maximumInBytes` of the input, or all that is left of it.
    /// - Returns: 1 to `maximumInBytes`; 0 for no bytes. One step a byte behind the minimum.
    package func length(of bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count > minimum else { return bytes.count }
        let end = min(bytes.count, maximum)
        return boundary(in: bytes, upTo: end) ?? end
    }

    /// The first boundary of the chunk that begins where `bytes` begin.
    /// - Parameter end: more than the minimum, and no more than there are bytes.
    @inline(__always)
    func boundary(in bytes: UnsafeRawBufferPointer, upTo end: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let input = base.assumingMemoryBound(to: UInt8.self)
        let words = table.words
        let middle = min(end, average)
        var hash: UInt64 = 0
        var position = minimum
        while position < middle {
            // The hash wraps by design: bits older than 64 bytes fall out on the left.
            hash = (hash << 1) &+ words[Int(input[position])]
            position += 1
            if hash & strictMask == 0 { return position }
        }
        while position < end {
            hash = (hash << 1) &+ words[Int(input[position])]
            position += 1
            if hash & looseMask == 0 { return position }
        }
        return nil
    }

    /// The top bits of the hash have seen the most bytes.
    private static func highBits(_ count: Int) -> UInt64 {
        ~(UInt64.max >> UInt64(count))
    }
}

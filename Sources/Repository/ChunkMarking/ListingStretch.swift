import SnapshotModel

/// Neighbouring chunks of a listing that share lines.
///
/// It reaches from one chunk in which a line ends to the next one, or from the listing's beginning,
/// or to its end. So it has the lines that begin in one of its chunks and end in another one; those
/// that lie within a chunk have nothing to do with its neighbours.
struct ListingStretch: Hashable {
    let range: ClosedRange<Int>
    /// The listing begins with the first chunk, so what stands in front of its first end of a line
    /// is a line. Otherwise that is the rest of a line which is read, or cannot be, elsewhere.
    let isStart: Bool
    /// The listing ends with the last chunk, so nothing may stand behind its last end of a line.
    let isEnd: Bool

    /// Cuts a stretch at the chunks in which a line is known to end.
    func cut(where isBroken: (Int) -> Bool) -> [ListingStretch] {
        var parts: [ListingStretch] = []
        var first = range.lowerBound
        var isAtStart = isStart
        for number in range where isBroken(number) {
            // Without the start a stretch begins behind the last line that ends in its first chunk.
            if number == first, !isAtStart { continue }
            parts.append(ListingStretch(range: first...number, isStart: isAtStart, isEnd: false))
            first = number
            isAtStart = false
        }
        // Without the end, what lies behind the last end of a line belongs to the next stretch, or
        // to a chunk that is missing.
        if isEnd || first < range.upperBound || parts.isEmpty {
            parts.append(
                ListingStretch(range: first...range.upperBound, isStart: isAtStart, isEnd: isEnd))
        }
        return parts
    }

    /// Joins parts that follow each other.
    static func join(_ parts: [ListingStretch]) -> [ListingStretch] {
        var joined: [ListingStretch] = []
        for part in parts {
            if let last = joined.last, !last.isEnd, last.range.upperBound == part.range.lowerBound,
                !part.isStart
            {
                joined[joined.count - 1] = ListingStretch(
                    range: last.range.lowerBound...part.range.upperBound, isStart: last.isStart,
                    isEnd: part.isEnd)
            } else {
                joined.append(part)
            }
        }
        return joined
    }

    /// What the stretch is known by once its lines were read.
    func name(_ ids: [ChunkID]) -> DigestSet.Element {
        DigestSet.Element([isStart ? 1 : 0, isEnd ? 1 : 0], ids[range])
    }
}

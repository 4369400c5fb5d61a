/// A place in a body that consists of pieces.
package struct BodyCursor: Sendable {
    /// The number of bytes in all pieces.
    package let count: Int
    /// The number of bytes that are still to be read.
    package private(set) var remaining: Int
    private let pieces: [[UInt8]]
    /// The piece that is read next; it is never at its end, as empty pieces are left out.
    private var piece = 0
    /// The place within the piece.
    private var offset = 0

    /// The start of a body.
    package init(_ pieces: [[UInt8]]) {
        self.pieces = pieces.contains(where: \.isEmpty) ? pieces.filter { !$0.isEmpty } : pieces
        count = pieces.reduce(0) { $0 + $1.count }
        remaining = count
    }

    /// Copies the next bytes, as many as there is room for.
    /// - Returns: how many; 0 at the end only.
    package mutating func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < target.count, piece < pieces.count {
            let count = min(target.count - filled, pieces[piece].count - offset)
            pieces[piece].withUnsafeBytes { bytes in
                target[filled..<filled + count].copyBytes(from: bytes[offset..<offset + count])
            }
            filled += count
            offset += count
            if offset == pieces[piece].count {
                piece += 1
                offset = 0
            }
        }
        remaining -= filled
        return filled
    }

    /// Goes to a place.
    /// - Parameter position: in bytes from the start.
    /// - Returns: whether there is such a place.
    package mutating func seek(to position: Int) -> Bool {
        guard (0...count).contains(position) else { return false }
        piece = 0
        offset = position
        remaining = count - position
        while piece < pieces.count, offset >= pieces[piece].count {
            offset -= pieces[piece].count
            piece += 1
        }
        return true
    }
}

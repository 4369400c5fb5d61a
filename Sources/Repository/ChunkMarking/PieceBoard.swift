import Synchronization

/// Where threads put down the ends of the chunks of listings that they have read.
final class PieceBoard: Sendable {
    private let ends: Mutex<[PieceEnds?]>

    /// - Parameter count: how many chunks are to be read.
    init(count: Int) { ends = Mutex(Array(repeating: nil, count: count)) }

    func set(_ number: Int, _ piece: PieceEnds) { ends.withLock { $0[number] = piece } }

    /// All ends in order; `nil` for what could not be read.
    var all: [PieceEnds?] { ends.withLock { $0 } }
}

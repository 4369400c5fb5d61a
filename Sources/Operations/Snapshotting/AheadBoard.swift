import FileCutting
import FileHandles
import WorkerThreads

/// A stretch of a large file that is read before it is its turn.
final class AheadReading: Sendable {
    typealias Outcome = Result<FileStretch, SystemCallError>

    let offset: UInt64
    private let body: @Sendable (_ offset: UInt64) -> Outcome
    private let outcome = Monitor<Outcome?>(nil)

    init(at offset: UInt64, _ body: @escaping @Sendable (_ offset: UInt64) -> Outcome) {
        self.offset = offset
        self.body = body
    }

    /// Reads it; for who has claimed it, who then calls this for certain.
    func read() {
        let read = body(offset)
        outcome.update { $0 = read }
    }

    /// Waits until it is read.
    func wait() -> Outcome { outcome.wait { $0 } }
}

/// Which stretches of large files are read ahead, and how many pieces of them are in memory. Pure:
/// the queue guards it.
///
/// A piece is a stretch that somebody reads ahead, or a segment that is not in its file's content
/// yet. Each file may have two at any time, and all together may have some more: so one file alone
/// keeps all workers busy, and several large ones at once take no more memory for it.
struct AheadBoard {
    /// What may be read of a file by others than its reader.
    struct Offer: Sendable {
        /// Where the next stretch begins.
        var next: UInt64
        /// No stretch begins here or behind.
        let end: UInt64
        let stepInBytes: Int
        let body: @Sendable (_ offset: UInt64) -> AheadReading.Outcome
    }

    private struct File {
        let number: Int
        var offer: Offer?
        /// In the order of the file, without gaps, up to where `offer` goes on.
        var ahead: [AheadReading] = []
        var segments = 0

        var borrowed: Int { max(0, segments + ahead.count - AheadBoard.ownPieces) }
        var hasOwn: Bool { segments + ahead.count < AheadBoard.ownPieces }
    }

    /// So many pieces each file may have, whatever the others have.
    private static let ownPieces = 2

    private let mostBorrowed: Int
    private var files: [File] = []
    private var lastNumber = 0

    /// - Parameter mostBorrowed: how many pieces more all files may have together; 1 or more.
    init(mostBorrowed: Int) { self.mostBorrowed = mostBorrowed }

    /// Adds a file.
    /// - Returns: its number.
    mutating func open() -> Int {
        lastNumber += 1
        files.append(File(number: lastNumber))
        return lastNumber
    }

    /// Removes a file.
    mutating func close(_ number: Int) { files.removeAll { $0.number == number } }

    /// Says what may be read ahead of a file; what was read before counts no more.
    mutating func offer(_ number: Int, _ offer: Offer) {
        let index = index(of: number)
        files[index].offer = offer
        files[index].ahead = []
    }

    /// Takes the next stretch that may be read ahead, of the file that was opened first.
    mutating func claim() -> AheadReading? {
        for index in files.indices {
            guard let offer = files[index].offer, offer.next < offer.end, hasRoom(index) else {
                continue
            }
            let reading = AheadReading(at: offer.next, offer.body)
            files[index].offer?.next += UInt64(offer.stepInBytes)
            files[index].ahead.append(reading)
            return reading
        }
        return nil
    }

    /// Takes the reading of a stretch, if there is one.
    mutating func take(_ number: Int, at offset: UInt64) -> AheadReading? {
        let index = index(of: number)
        guard files[index].ahead.first?.offset == offset else { return nil }
        // From now on it counts as the segment that it becomes.
        files[index].segments += 1
        return files[index].ahead.removeFirst()
    }

    /// Whether a file may have another segment, and counts it then.
    /// - Parameter segments: how many it has.
    mutating func mayRead(_ number: Int, having segments: Int) -> Bool {
        let index = index(of: number)
        files[index].segments = segments
        // What was read ahead is counted already.
        if !files[index].ahead.isEmpty { return true }
        guard hasRoom(index) else { return false }
        files[index].segments += 1
        return true
    }

    private func hasRoom(_ index: Int) -> Bool {
        files[index].hasOwn || files.reduce(0) { $0 + $1.borrowed } < mostBorrowed
    }

    private func index(of number: Int) -> Int {
        guard let index = files.firstIndex(where: { $0.number == number }) else {
            preconditionFailure("the file is open")
        }
        return index
    }
}

import RepositoryFormat
import SnapshotModel

/// The parts of a chunk of a listing that lines of other chunks run into.
enum PieceEnds {
    /// No line ends within the chunk: all of its bytes.
    case unbroken([UInt8])
    /// What stands before the end of the first line, and behind the end of the last one.
    case broken(head: [UInt8], tail: [UInt8])
}

/// Takes the lines of listings apart.
enum ListingLines {
    private static let lineFeed = UInt8(ascii: "\n")

    /// The parts that other chunks continue, and what lies between them: whole lines.
    static func split(
        _ bytes: UnsafeRawBufferPointer
    ) -> (ends: PieceEnds, interior: UnsafeRawBufferPointer) {
        guard let first = bytes.firstIndex(of: lineFeed),
            let last = bytes.lastIndex(of: lineFeed)
        else { return (.unbroken(Array(bytes)), UnsafeRawBufferPointer(rebasing: bytes[..<0])) }
        let ends = PieceEnds.broken(
            head: Array(bytes[..<first]), tail: Array(bytes[(last + 1)...]))
        return (ends, UnsafeRawBufferPointer(rebasing: bytes[(first + 1)..<(last + 1)]))
    }

    /// Adds what the entries of whole lines refer to.
    ///
    /// A line that breaks a rule does not end this: what the others refer to is needed all the
    /// same.
    /// - Parameter bytes: lines, each with its end.
    /// - Returns: how many entries there were, and what is wrong with the first bad one.
    static func read(
        _ bytes: UnsafeRawBufferPointer, into buffer: ReferenceBuffer
    ) -> (entries: UInt64, error: FormatError?) {
        var entries: UInt64 = 0
        var failure: FormatError?
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: lineFeed) ?? bytes.count
            do throws(FormatError) {
                guard end < bytes.count else { throw endless(at: start) }
                try readLine(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), into: buffer)
                entries += 1
            } catch {
                failure = failure ?? error
            }
            start = end + 1
        }
        return (entries, failure)
    }

    /// Adds what one entry refers to.
    /// - Parameter line: without its end.
    static func readLine(
        _ line: UnsafeRawBufferPointer, into buffer: ReferenceBuffer
    ) throws(FormatError) {
        guard line.count <= FormatLimits.listingLineInBytes else {
            throw FormatError(.limitExceeded, in: "listing", at: 0, "line is too long")
        }
        buffer.add(try EntryCodec.decode(line))
    }

    static func endless(at offset: Int) -> FormatError {
        FormatError(.malformed, in: "listing", at: offset, "last line has no end")
    }
}

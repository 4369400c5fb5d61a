import FileHandles
import WorkerThreads

/// Copies chunks from local files, for one thread; what a local file does not have any more comes
/// from the store.
final class LocalCopier {
    /// Shorter stretches are read and written: sharing blocks between files pays for long ones.
    private static let smallestSharedInBytes = 64 * 1024

    private let blocks: BlockWriter
    private let context: RestoreContext
    private var buffer: [UInt8] = []

    init(_ blocks: BlockWriter, _ context: RestoreContext) {
        self.blocks = blocks
        self.context = context
    }

    /// Writes the chunks of a run of copies.
    /// - Throws: what makes going on useless: a full disk, a store that cannot be reached.
    func copy(_ run: Range<Int>, of segment: RestoreSegment) throws {
        try context.settings.cancellation.check()
        let positions = run.map { segment.plan.position(ofCopy: $0) }
        let first = segment.plan.copies[run.lowerBound]
        var missing = positions
        if let source = openSource(first.source, of: segment) {
            missing = try copy(positions, from: source, at: first.offset, segment)
        }
        let copied = Set(positions).subtracting(missing).reduce(UInt64(0)) { sum, position in
            sum + UInt64(segment.plan.chunk(at: position).length)
        }
        if copied > 0 { context.results.add { $0.copiedBytes += copied } }
        for position in missing { try blocks.writeFromElsewhere(position, in: segment) }
    }

    /// - Returns: `nil` for a file that is gone: its chunks are in the store as well.
    private func openSource(_ number: UInt32, of segment: RestoreSegment) -> FileHandle? {
        do throws(SystemCallError) {
            return try segment.sources.handle(number)
        } catch {
            return nil
        }
    }

    /// - Returns: the positions of chunks that the local file does not have.
    private func copy(
        _ positions: [Int], from source: FileHandle, at offset: UInt64, _ segment: RestoreSegment
    ) throws -> [Int] {
        let length = positions.reduce(0) { $0 + Int(segment.plan.chunk(at: $1).length) }
        if buffer.count < length { buffer = [UInt8](repeating: 0, count: length) }
        return try buffer.withUnsafeMutableBytes { buffer in
            let space = UnsafeMutableRawBufferPointer(rebasing: buffer[..<length])
            if let place = sharedPlace(of: positions, length: length, segment) {
                let file = segment.files[Int(place.file)]
                let count = try file.copy(
                    from: source, at: offset, to: place.offset, readingBackInto: space)
                if count > 0 {
                    let copied = UnsafeRawBufferPointer(rebasing: space[..<count])
                    return try settle(positions, copied, of: file, segment)
                }
            }
            let count = Self.read(source, at: offset, into: space)
            return try blocks.write(
                positions, lyingIn: UnsafeRawBufferPointer(rebasing: space[..<count]), of: segment)
        }
    }

    /// Where the chunks go when they go into one file in the same order, and nowhere else.
    private func sharedPlace(
        of positions: [Int], length: Int, _ segment: RestoreSegment
    ) -> RestorePlan.Place? {
        guard length >= Self.smallestSharedInBytes,
            let first = segment.plan.onlyPlace(ofChunkAt: positions[0]),
            // The system copies holes as zeros, or as holes, as it likes.
            !segment.files[Int(first.file)].makesHoles
        else { return nil }
        var end = first.offset
        for position in positions {
            guard let place = segment.plan.onlyPlace(ofChunkAt: position),
                place.file == first.file, place.offset == end
            else { return nil }
            end += UInt64(segment.plan.chunk(at: position).length)
        }
        return first
    }

    /// Verifies what stands in the file now.
    /// - Returns: the positions of chunks that are others.
    private func settle(
        _ positions: [Int], _ bytes: UnsafeRawBufferPointer, of file: PendingFile,
        _ segment: RestoreSegment
    ) throws -> [Int] {
        var missing: [Int] = []
        var offset = 0
        for position in positions {
            let end = offset + Int(segment.plan.chunk(at: position).length)
            let isWhole =
                end <= bytes.count
                && blocks.verifies(
                    UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), position, of: segment)
            if !isWhole { missing.append(position) }
            offset = end
        }
        try file.settle(places: positions.count - missing.count)
        return missing
    }

    /// - Returns: how many bytes could be read.
    private static func read(
        _ source: FileHandle, at offset: UInt64, into space: UnsafeMutableRawBufferPointer
    ) -> Int {
        do throws(SystemCallError) {
            return try source.read(into: space, at: offset)
        } catch {
            return 0
        }
    }
}

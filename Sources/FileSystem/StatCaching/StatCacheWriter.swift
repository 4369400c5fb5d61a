import Cryptography
import FileHandles
package import SnapshotModel

/// Writes the stat cache of the tree as it is now.
///
/// Directories without a change are only noted, and copied from the old cache at the end; when
/// there was no change at all, the old cache stays and nothing is written. A disk that is full or
/// read-only makes the cache go away, never the snapshot.
package final class StatCacheWriter {
    private struct Place {
        let hash: UInt64
        let offset: Int
        /// Whether `offset` points into the old cache.
        let isOld: Bool
        let selection: SelectionDigest
    }

    /// What has become of the new cache.
    package enum Outcome: Equatable, Sendable {
        /// The tree is as the old cache has it, so that one stays.
        case unchanged
        /// There is a new cache, with this hash.
        case written(Digest256)
        /// The disk does not allow it. What stands there now belongs to an earlier tree, or is
        /// missing.
        case failed
    }

    /// Entries of a directory that is being written.
    package struct Segments {
        fileprivate var buffer: [UInt8] = []
        fileprivate var places: [(offset: UInt64, length: UInt64)] = []
        fileprivate var entryCount = 0
        /// Whether the buffer has entries whose stamps come later.
        fileprivate var hasOrdinals = false

        /// No entries.
        package init() {}
    }

    private static let segmentInBytes = 64 * 1024

    private let old: StatCache?
    private let path: [UInt8]
    private var file: ReplacedFile?
    private var hash = SHA256()
    private var places: [Place] = []
    /// Segments with entries whose stamps come later.
    private var open: [(offset: UInt64, length: UInt64)] = []
    /// All segments.
    private var segments: [(offset: UInt64, length: UInt64)] = []
    /// Whether a directory is as it was, but was selected by other rules.
    private var hasOtherSelection = false
    private var hasFailed = false

    /// Writes nothing yet.
    /// - Parameters:
    ///   - path: of the cache; its folder must exist.
    ///   - old: the cache that stands there.
    package init(path: [UInt8], old: StatCache?) {
        self.path = path
        self.old = old
    }

    /// Adds an entry to a directory.
    /// - Parameter hasOrdinal: whether its stamps come later.
    package func append(
        _ bytes: UnsafeRawBufferPointer, to segments: inout Segments, hasOrdinal: Bool = false
    ) {
        segments.buffer.append(contentsOf: bytes)
        segments.entryCount += 1
        if hasOrdinal { segments.hasOrdinals = true }
        if segments.buffer.count >= Self.segmentInBytes { flush(&segments) }
    }

    /// Ends a directory that has changed.
    /// - Parameter selection: of the rules by which each of its entries was taken.
    package func finish(
        _ segments: inout Segments, path: [UInt8], content: Content,
        selection: SelectionDigest = .none
    ) {
        flush(&segments)
        let content = StatCacheContent.encode(content)
        let offset = content.withUnsafeBytes { content in
            path.withUnsafeBytes { path in
                writeRecord(
                    entryCount: segments.entryCount, segments.places, path: path, content: content,
                    selection)
            }
        }
        places.append(
            Place(hash: StatCache.hash(path), offset: offset, isOld: false, selection: selection))
    }

    /// Notes a directory that is as the old cache has it.
    /// - Parameter selection: of the rules by which each of its entries was taken this time; where
    ///   there are none, what the old cache knows of others is still true.
    package func keep(_ directory: StatCacheDirectory, selection: SelectionDigest = .none) {
        let selection = selection == .none ? directory.selection : selection
        if selection != directory.selection { hasOtherSelection = true }
        places.append(
            Place(
                hash: StatCache.hash(Array(directory.path)), offset: directory.offset, isOld: true,
                selection: selection))
    }

    /// Puts the new cache in the place of the old one.
    package func finish() -> Outcome { finish(RestampedFiles()) { _ in Stamps.none } }

    /// Puts the new cache in the place of the old one.
    /// - Parameters:
    ///   - restamped: files whose change time was moved on after they were noted.
    ///   - stamps: those of an entry that was appended with its ordinal.
    func finish(_ restamped: RestampedFiles, _ stamps: (Int) -> Stamps) -> Outcome {
        let isUnchanged =
            !hasOtherSelection && places.allSatisfy(\.isOld)
            && places.count == old?.directoryCount ?? -1
        if isUnchanged { return .unchanged }
        places = places.map { $0.isOld ? copy($0) : $0 }
        places.sort { $0.hash < $1.hash }
        let tableOffset = file?.sizeInBytes ?? 0
        var table: [UInt8] = []
        for place in places {
            StatCacheEntry.append(place.hash, to: &table)
            StatCacheEntry.append(UInt64(place.offset), to: &table)
        }
        StatCacheEntry.append(tableOffset, to: &table)
        StatCacheEntry.append(UInt64(places.count), to: &table)
        table += StatCache.magic
        table.withUnsafeBytes { write($0) }
        do {
            guard !hasFailed, let file else { return .failed }
            let isWhole = open.isEmpty && restamped.isEmpty
            let digest = isWhole ? hash.finish() : try fill(file, restamped, stamps)
            try file.finish()
            return .written(digest)
        } catch {
            return .failed
        }
    }

    /// Fills in the stamps that were not known when their entries were written.
    /// - Returns: the hash of the whole file.
    private func fill(
        _ file: ReplacedFile, _ restamped: RestampedFiles, _ stamps: (Int) -> Stamps
    ) throws(SystemCallError) -> Digest256 {
        for segment in restamped.isEmpty ? open : segments {
            try file.change(at: segment.offset, count: Int(segment.length)) { bytes in
                var position = 0
                while position < bytes.count {
                    // The position is within the buffer, so there is an address.
                    let start = bytes.baseAddress! + position
                    let entry = StatCacheEntry(at: UnsafeRawPointer(start))
                    position += entry.bytes.count
                    if entry.hasOrdinal {
                        StatCacheEntry.setStamps(stamps(entry.ordinal), at: start)
                    }
                    StatCacheEntry.restamp(restamped, at: start)
                }
            }
        }
        var hash = SHA256()
        try file.forEachPiece { hash.update($0) }
        return hash.finish()
    }

    private func copy(_ place: Place) -> Place {
        guard let old else { preconditionFailure("a kept directory without an old cache") }
        let directory = StatCacheDirectory(cache: old, offset: place.offset)
        var segments: [(offset: UInt64, length: UInt64)] = []
        for number in 0..<directory.segmentCount {
            let segment = directory.segment(number)
            let place = (position, UInt64(segment.count))
            segments.append(place)
            self.segments.append(place)
            write(segment)
        }
        let offset = writeRecord(
            entryCount: directory.entryCount, segments, path: directory.path,
            content: directory.contentBytes, place.selection)
        return Place(
            hash: place.hash, offset: offset, isOld: false, selection: place.selection)
    }

    private func writeRecord(
        entryCount: Int, _ segments: [(offset: UInt64, length: UInt64)],
        path: UnsafeRawBufferPointer, content: UnsafeRawBufferPointer,
        _ selection: SelectionDigest
    ) -> Int {
        let offset = Int(position)
        var record: [UInt8] = []
        StatCacheEntry.append(UInt32(entryCount), to: &record)
        StatCacheEntry.append(UInt32(segments.count), to: &record)
        StatCacheEntry.append(UInt32(path.count), to: &record)
        StatCacheEntry.append(UInt32(content.count), to: &record)
        StatCacheEntry.append(selection.high, to: &record)
        StatCacheEntry.append(selection.low, to: &record)
        for segment in segments {
            StatCacheEntry.append(segment.offset, to: &record)
            StatCacheEntry.append(segment.length, to: &record)
        }
        record.append(contentsOf: path)
        record.append(contentsOf: content)
        record.withUnsafeBytes { write($0) }
        return offset
    }

    private func flush(_ segments: inout Segments) {
        if segments.buffer.isEmpty { return }
        let place = (position, UInt64(segments.buffer.count))
        segments.places.append(place)
        self.segments.append(place)
        if segments.hasOrdinals { open.append(place) }
        segments.hasOrdinals = false
        segments.buffer.withUnsafeBytes { write($0) }
        segments.buffer.removeAll(keepingCapacity: true)
    }

    private var position: UInt64 { file?.sizeInBytes ?? 0 }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        if hasFailed { return }
        do {
            let file = try file ?? ReplacedFile(path: path)
            self.file = file
            try file.append(bytes)
            hash.update(bytes)
        } catch {
            hasFailed = true
        }
    }
}

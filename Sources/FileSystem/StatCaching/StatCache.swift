// The stat cache of one folder, or of several that are taken together: what each file looked like
// and what its content was. It is a file of the cache directory, read by mapping; a run without
// changes reads it in order and writes none. FolderState names the cache's hash: a cache that is
// damaged, or was not finished, does not exist.
//
// Layout: segments of entries (a directory has one or more), a record for each directory, and at
// the end a table of the records sorted by the hash of the path.

import Cryptography
import FileHandles
package import SnapshotModel

/// A mapped stat cache.
package final class StatCache: Sendable {
    /// Version 6: directories know the rules that selected their entries. Caches of others are not
    /// used.
    static let magic = Array("VARVESC\u{6}".utf8)
    static let footerLength = 24
    static let tableEntryLength = 16

    private let file: MappedFile
    private let tableOffset: Int
    /// How many directories it knows.
    package let directoryCount: Int

    var bytes: UnsafeRawBufferPointer { file.bytes }

    /// Maps a cache.
    /// - Returns: `nil` when the file is not there or does not have the hash.
    package init?(path: [UInt8], digest: Digest256) {
        guard let file = try? MappedFile(path: path), file.bytes.count >= Self.footerLength,
            SHA256.digest(of: file.bytes) == digest
        else { return nil }
        let bytes = file.bytes
        let footer = bytes.count - Self.footerLength
        guard bytes[(footer + 16)...].elementsEqual(Self.magic) else { return nil }
        self.file = file
        tableOffset = Int(bytes.loadUnaligned(fromByteOffset: footer, as: UInt64.self))
        directoryCount = Int(bytes.loadUnaligned(fromByteOffset: footer + 8, as: UInt64.self))
    }

    /// The record of a directory; `nil` when it was not there.
    /// - Parameter path: the path below the root, components joined by `/`; empty for the root.
    package func directory(_ path: [UInt8]) -> StatCacheDirectory? {
        let hash = Self.hash(path)
        var low = 0
        var high = directoryCount
        while low < high {
            let middle = (low + high) / 2
            if tableHash(middle) < hash { low = middle + 1 } else { high = middle }
        }
        while low < directoryCount, tableHash(low) == hash {
            let directory = StatCacheDirectory(cache: self, offset: tableRecord(low))
            if directory.path.elementsEqual(path) { return directory }
            low += 1
        }
        return nil
    }

    private func tableHash(_ position: Int) -> UInt64 {
        bytes.loadUnaligned(
            fromByteOffset: tableOffset + position * Self.tableEntryLength, as: UInt64.self)
    }

    private func tableRecord(_ position: Int) -> Int {
        Int(
            bytes.loadUnaligned(
                fromByteOffset: tableOffset + position * Self.tableEntryLength + 8,
                as: UInt64.self))
    }

    /// FNV-1a: paths are looked up once for each directory, and compared afterwards.
    static func hash(_ path: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Wrapping multiplication is the definition of the hash.
        for byte in path { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}

/// A directory as the stat cache keeps it.
///
/// Record: entry count (4), segment count (4), path length (4), content length (4), selection (16),
/// the segments (offset 8, length 8 each), path, content.
package struct StatCacheDirectory: Sendable {
    static let fixedLength = 16 + SelectionDigest.lengthInBytes
    static let segmentLength = 16

    let cache: StatCache
    let offset: Int

    /// The number of its entries.
    package var entryCount: Int { count(0) }
    var segmentCount: Int { count(4) }

    var path: UnsafeRawBufferPointer {
        slice(Self.fixedLength + segmentCount * Self.segmentLength, count(8))
    }

    /// The content of the listing.
    package var content: Content { StatCacheContent.decode(contentBytes) }

    var contentBytes: UnsafeRawBufferPointer {
        slice(Self.fixedLength + segmentCount * Self.segmentLength + count(8), count(12))
    }

    /// What is known of the rules that have selected its entries.
    package var selection: SelectionDigest {
        let place = offset + Self.fixedLength - SelectionDigest.lengthInBytes
        return SelectionDigest(
            high: cache.bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self),
            low: cache.bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
    }

    /// The bytes of one run of entries.
    func segment(_ number: Int) -> UnsafeRawBufferPointer {
        let place = offset + Self.fixedLength + number * Self.segmentLength
        let start = Int(cache.bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        let length = Int(cache.bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
        return UnsafeRawBufferPointer(rebasing: cache.bytes[start..<start + length])
    }

    private func count(_ field: Int) -> Int {
        Int(cache.bytes.loadUnaligned(fromByteOffset: offset + field, as: UInt32.self))
    }

    private func slice(_ start: Int, _ length: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: cache.bytes[offset + start..<offset + start + length])
    }
}

/// Walks over the entries of a cached directory in order.
package struct StatCacheCursor {
    private let directory: StatCacheDirectory
    private var segment: UnsafeRawBufferPointer
    private var nextSegment = 0
    private var position = 0

    /// Begins before the first entry.
    package init(_ directory: StatCacheDirectory) {
        self.directory = directory
        segment = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// The entry that `next` will return.
    package mutating func peek() -> StatCacheEntry? {
        while position == segment.count {
            guard nextSegment < directory.segmentCount else { return nil }
            segment = directory.segment(nextSegment)
            nextSegment += 1
            position = 0
        }
        // A segment that is not at its end has an address.
        return StatCacheEntry(at: segment.baseAddress! + position)
    }

    /// The next entry; `nil` behind the last one.
    package mutating func next() -> StatCacheEntry? {
        guard let entry = peek() else { return nil }
        position += entry.bytes.count
        return entry
    }
}

package import FileHandles
package import SnapshotModel

extension StatCacheEntry {
    /// Where the number of an entry stands whose stamps are not known yet: in place of its inode.
    private static let ordinalOffset = 48

    /// Whether a file has the stamps that the cache has of it: kind, size, times and inode.
    ///
    /// Unlike `matches`, this says nothing of mode and owner, which a restore may not be able to
    /// set, and also holds for stamps that were too fresh to prove what the content is.
    package func hasStamps(of status: FileStatus) -> Bool {
        bytes[2] == Self.code(status.kind) && load(16) == status.sizeInBytes
            && load(24) == status.modified.seconds && load(40) == status.modified.nanoseconds
            && isUntouched(status)
    }

    /// Whether a file differs from what the cache has of it in its change time alone.
    package func isTouched(_ status: FileStatus) -> Bool {
        isTrusted && bytes[2] == Self.code(status.kind) && load(16) == status.sizeInBytes
            && load(24) == status.modified.seconds && load(40) == status.modified.nanoseconds
            && load(Self.ordinalOffset) == status.inode
    }

    /// Whether the content is the one that was read or written when the stamps were taken.
    package var isTrusted: Bool {
        bytes[3] == Trust.everything.rawValue || bytes[3] == Trust.content.rawValue
    }

    /// Appends an entry whose stamps come later.
    /// - Parameter ordinal: a number by which to find them; it stands where the inode goes.
    static func append(_ entry: Entry, ordinal: Int, to bytes: inout [UInt8]) {
        let status = FileStatus(
            standInFor: kind(entry.kind), sizeInBytes: size(entry.kind), inode: UInt64(ordinal))
        let start = bytes.count
        append(entry, status, isTrusted: false, to: &bytes)
        bytes[start + 3] = Trust.withoutStamps.rawValue
    }

    /// Appends an entry that no file will ever match: the next run reads it again.
    package static func append(unmatched entry: Entry, to bytes: inout [UInt8]) {
        let start = bytes.count
        append(entry, ordinal: 0, to: &bytes)
        bytes.withUnsafeMutableBytes { bytes in
            // An entry has 64 bytes at least, so there is an address.
            setStamps(.none, at: bytes.baseAddress! + start)
        }
    }

    /// Whether the stamps are not known yet.
    var hasOrdinal: Bool { bytes[3] == Trust.withoutStamps.rawValue }

    /// The number of an entry that was appended without stamps.
    var ordinal: Int { Int(load(Self.ordinalOffset) as UInt64) }

    /// Fills in the stamps of an entry that lies at `start`.
    static func setStamps(_ stamps: Stamps, at start: UnsafeMutableRawPointer) {
        let content = stamps.knowsAttributes ? Trust.everything : .content
        let trust = stamps.isTrusted ? content : .nothing
        start.storeBytes(of: trust.rawValue, toByteOffset: 3, as: UInt8.self)
        start.storeBytes(of: stamps.changed.seconds, toByteOffset: 32, as: Int64.self)
        start.storeBytes(of: stamps.changed.nanoseconds, toByteOffset: 44, as: UInt32.self)
        start.storeBytes(of: stamps.inode, toByteOffset: ordinalOffset, as: UInt64.self)
    }

    /// Moves the change time of an entry on, if its file is one of those whose time was.
    static func restamp(_ files: RestampedFiles, at start: UnsafeMutableRawPointer) {
        let inode = start.loadUnaligned(fromByteOffset: ordinalOffset, as: UInt64.self)
        let changed = FileStatus.Time(
            seconds: start.loadUnaligned(fromByteOffset: 32, as: Int64.self),
            nanoseconds: start.loadUnaligned(fromByteOffset: 44, as: UInt32.self))
        guard let last = files.last(inode, changed) else { return }
        start.storeBytes(of: last.seconds, toByteOffset: 32, as: Int64.self)
        start.storeBytes(of: last.nanoseconds, toByteOffset: 44, as: UInt32.self)
    }

    private static func kind(_ kind: EntryKind) -> FileStatus.Kind {
        switch kind {
        case .file: .file
        case .directory: .directory
        case .symlink: .symlink
        case .fifo: .fifo
        case .socket: .socket
        case .characterDevice: .characterDevice
        case .blockDevice: .blockDevice
        }
    }

    /// The size that `stat` will tell.
    private static func size(_ kind: EntryKind) -> UInt64 {
        switch kind {
        case .file(let content): content.sizeInBytes
        case .symlink(let target): UInt64(target.count)
        default: 0
        }
    }
}

/// What tells that a file was changed, beside its size and its modification time.
struct Stamps: Sendable {
    let changed: FileStatus.Time
    let inode: UInt64
    let isTrusted: Bool
    let knowsAttributes: Bool

    /// Of an entry that is not there, or not as it should be: no file has them.
    static let none = Stamps(
        changed: FileStatus.Time(seconds: 0, nanoseconds: 0), inode: 0, isTrusted: false,
        knowsAttributes: false)
}

/// Files whose change time was moved on although nothing of them was changed: a hard link was made.
struct RestampedFiles: Sendable {
    private struct Times {
        var seen: [FileStatus.Time]
        var last: FileStatus.Time
    }

    private var times: [UInt64: Times] = [:]

    var isEmpty: Bool { times.isEmpty }

    /// Notes a file that had the time of `before`, and has that of `after` now.
    mutating func note(_ before: FileStatus, _ after: FileStatus) {
        times[after.inode, default: Times(seen: [], last: after.changed)].last = after.changed
        times[after.inode]?.seen.append(before.changed)
    }

    /// The time that a file has now.
    /// - Returns: `nil` when it was another one before, or an unknown file.
    func last(_ inode: UInt64, _ changed: FileStatus.Time) -> FileStatus.Time? {
        guard let times = times[inode], times.seen.contains(changed) else { return nil }
        return times.last
    }
}

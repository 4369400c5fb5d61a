package import FileHandles
import FileTree
package import SnapshotModel

// An entry as the stat cache keeps it: a fixed part of 64 bytes, the name, a payload that depends
// on the kind, and what most entries do not have: when the file was made (seconds 8, nanoseconds
// 4), then the path of the first hard link and extended attributes (StatCacheExtras). Numbers are
// in the machine's own order: the file never leaves it.
//
//     0 name length (2) | 2 kind | 3 trust | 4 permissions (2) | 6 flags, holes, birth time (2)
//     8 uid (4) | 12 gid (4)
//     16 size (8) | 24 mtime s (8) | 32 ctime s (8) | 40 mtime ns (4) | 44 ctime ns (4)
//     48 inode (8) | 56 payload length (4) | 60 extras length (4) | 64 name, payload, extras

/// A view of one entry in the mapped cache; valid for as long as the cache.
package struct StatCacheEntry {
    static let fixedLength = 64

    /// How far an entry may be relied on while the stamps of its file stand.
    enum Trust: UInt8 {
        /// The stamps were too fresh, or something is missing.
        case nothing = 0
        /// All of it is so.
        case everything = 1
        /// The stamps themselves are not known yet.
        case withoutStamps = 2
        /// All but the extended attributes is so.
        case content = 3
    }

    /// The entry as the cache has it.
    package let bytes: UnsafeRawBufferPointer

    init(at start: UnsafeRawPointer) {
        let name = Int(start.loadUnaligned(as: UInt16.self))
        let payload = Int(start.loadUnaligned(fromByteOffset: 56, as: UInt32.self))
        let extras = Int(start.loadUnaligned(fromByteOffset: 60, as: UInt32.self))
        bytes = UnsafeRawBufferPointer(
            start: start, count: Self.fixedLength + name + payload + extras)
    }

    /// The name within the directory.
    package var name: UnsafeRawBufferPointer {
        let length = Int(bytes.loadUnaligned(as: UInt16.self))
        return UnsafeRawBufferPointer(
            rebasing: bytes[Self.fixedLength..<Self.fixedLength + length])
    }

    /// Whether the file is as it was: nothing that a change must alter differs, and its stamps were
    /// old enough when it was read that a later change could not have left them equal. Whether its
    /// extended attributes are those of the entry, `knowsAttributes` says.
    /// - Parameter stamps: which stamps have to be the same.
    package func matches(_ status: FileStatus, _ stamps: StampRule = .all) -> Bool {
        isTrusted && bytes[2] == Self.code(status.kind) && load(16) == status.sizeInBytes
            && load(24) == status.modified.seconds && load(40) == status.modified.nanoseconds
            && (stamps.ignoresChangeTime || hasChangeTime(of: status))
            && (stamps.ignoresInode || hasInode(of: status)) && hasMetadata(of: status)
    }

    /// Whether a directory has the attributes that it had: to set one alters its stamp, too.
    package func hasAttributes(ofDirectory status: FileStatus) -> Bool {
        knowsAttributes && isUntouched(status)
    }

    /// Whether the extended attributes were read when the stamps were taken.
    package var knowsAttributes: Bool { bytes[3] == Trust.everything.rawValue }

    /// Whether change time and inode are as they were.
    package func isUntouched(_ status: FileStatus) -> Bool {
        hasChangeTime(of: status) && hasInode(of: status)
    }

    private func hasChangeTime(of status: FileStatus) -> Bool {
        load(32) == status.changed.seconds && load(44) == status.changed.nanoseconds
    }

    private func hasInode(of status: FileStatus) -> Bool { load(48) == status.inode }

    /// Whether a directory is still described by the same line, its content and its extended
    /// attributes aside.
    package func matchesDirectory(_ status: FileStatus) -> Bool {
        bytes[2] == Self.code(.directory) && status.kind == .directory
            && load(24) == status.modified.seconds && load(40) == status.modified.nanoseconds
            && hasMetadata(of: status)
    }

    private func hasMetadata(of status: FileStatus) -> Bool {
        load(4) == status.permissions && load(8) == status.userID && load(12) == status.groupID
    }

    /// The content of a file or directory.
    package var content: Content? {
        let kind = bytes[2]
        guard kind == Self.code(.file) || kind == Self.code(.directory) else { return nil }
        return StatCacheContent.decode(payload)
    }

    /// Whether the content is the given one.
    package func hasContent(_ content: Content) -> Bool {
        payload.elementsEqual(StatCacheContent.encode(content))
    }

    /// The line of the listing.
    package var entry: Entry {
        let metadata = Metadata(
            mode: load(4), userID: load(8), groupID: load(12),
            modified: Timestamp(seconds: load(24), nanoseconds: load(40)))
        return Entry(
            name: FileName(Array(name)), kind: kind, metadata: metadata,
            extendedAttributes: extendedAttributes,
            hardLink: hardLink.flatMap { TreePath(Array($0)) }, hasHoles: hasHoles, flags: flags,
            created: created)
    }

    /// Whether the file had holes when it was read.
    package var hasHoles: Bool { (load(6) as UInt16) & Self.holesBit != 0 }

    /// The flags of a file or directory.
    package var flags: FileFlags {
        FileFlags(rawValue: load(6) & ~(Self.holesBit | Self.createdBit))
    }

    // The two bits that no flag has.
    private static let holesBit: UInt16 = 1 << 15
    private static let createdBit: UInt16 = 1 << 14

    private var isBirthTimeKnown: Bool { (load(6) as UInt16) & Self.createdBit != 0 }
    private static let birthTimeInBytes = 12

    /// When the file was made, if the snapshot was to record that.
    package var created: Timestamp? {
        guard isBirthTimeKnown else { return nil }
        let start = bytes.count - Int(load(60) as UInt32)
        return Timestamp(seconds: load(start), nanoseconds: load(start + 8))
    }

    /// Whether the line says of the file's birth what this look at it says: that it was then, or
    /// nothing where nothing is to be recorded.
    package func hasBirthTime(of status: FileStatus) -> Bool {
        guard let time = status.created else { return !isBirthTimeKnown }
        return created == Timestamp(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }

    /// The path of the first of several hard links; `nil` when there is none before this one.
    package var hardLink: UnsafeRawBufferPointer? { StatCacheExtras.hardLink(extras) }

    /// Whether the first of several hard links is the given one.
    package func hasHardLink(_ path: TreePath?) -> Bool {
        guard let path else { return hardLink == nil }
        return hardLink?.elementsEqual(path.bytes) ?? false
    }

    /// The extended attributes, by strictly ascending name.
    package var extendedAttributes: [ExtendedAttribute] { StatCacheExtras.attributes(extras) }

    private var extras: UnsafeRawBufferPointer {
        let start = bytes.count - Int(load(60) as UInt32)
        let end = isBirthTimeKnown ? start + Self.birthTimeInBytes : start
        return UnsafeRawBufferPointer(rebasing: bytes[end...])
    }

    /// What the entry is, with what only that kind has.
    package var kind: EntryKind {
        switch bytes[2] {
        case 0: .file(StatCacheContent.decode(payload))
        case 1: .directory(StatCacheContent.decode(payload))
        case 2: .symlink(target: Array(payload))
        case 3: .fifo
        case 4: .socket
        case 5: .characterDevice(device)
        default: .blockDevice(device)
        }
    }

    /// What the file is.
    package var fileKind: FileStatus.Kind {
        switch bytes[2] {
        case 0: .file
        case 1: .directory
        case 2: .symlink
        case 3: .fifo
        case 4: .socket
        case 5: .characterDevice
        default: .blockDevice
        }
    }

    /// The size of the file.
    package var sizeInBytes: UInt64 { load(16) }

    private var payload: UnsafeRawBufferPointer {
        let start = Self.fixedLength + name.count
        let length = Int(load(56) as UInt32)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
    }

    private var device: DeviceNumber {
        DeviceNumber(
            major: payload.loadUnaligned(as: UInt32.self),
            minor: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }

    func load<Number: BitwiseCopyable>(_ offset: Int) -> Number {
        bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    }

    static func code(_ kind: FileStatus.Kind) -> UInt8 {
        switch kind {
        case .file: 0
        case .directory: 1
        case .symlink: 2
        case .fifo: 3
        case .socket: 4
        case .characterDevice: 5
        case .blockDevice: 6
        }
    }

    /// Appends an entry in the form that the view reads.
    package static func append(
        _ entry: Entry, _ status: FileStatus, isTrusted: Bool, to bytes: inout [UInt8]
    ) {
        let payload = payload(entry.kind)
        let extras = StatCacheExtras.encode(entry.hardLink, entry.extendedAttributes)
        let metadata = entry.metadata
        let bits = (entry.hasHoles ? holesBit : 0) | (entry.created == nil ? 0 : createdBit)
        let birthTimeInBytes = entry.created == nil ? 0 : birthTimeInBytes
        withUnsafeTemporaryAllocation(byteCount: fixedLength, alignment: 8) { fixed in
            func store(_ number: some BitwiseCopyable, _ offset: Int) {
                fixed.storeBytes(of: number, toByteOffset: offset, as: type(of: number))
            }
            store(UInt16(entry.name.bytes.count), 0)
            store(code(status.kind), 2)
            store((isTrusted ? Trust.everything : .nothing).rawValue, 3)
            store(metadata.mode, 4)
            store(entry.flags.rawValue | bits, 6)
            store(metadata.userID, 8)
            store(metadata.groupID, 12)
            store(status.sizeInBytes, 16)
            store(metadata.modified.seconds, 24)
            store(status.changed.seconds, 32)
            store(metadata.modified.nanoseconds, 40)
            store(status.changed.nanoseconds, 44)
            store(status.inode, 48)
            store(UInt32(payload.count), 56)
            store(UInt32(birthTimeInBytes + extras.count), 60)
            bytes.append(contentsOf: fixed)
        }
        bytes.append(contentsOf: entry.name.bytes)
        bytes.append(contentsOf: payload)
        if let created = entry.created {
            append(created.seconds, to: &bytes)
            append(created.nanoseconds, to: &bytes)
        }
        bytes.append(contentsOf: extras)
    }

    private static func payload(_ kind: EntryKind) -> [UInt8] {
        switch kind {
        case .file(let content), .directory(let content):
            return StatCacheContent.encode(content)
        case .symlink(let target): return target
        case .characterDevice(let number), .blockDevice(let number):
            var bytes: [UInt8] = []
            append(number.major, to: &bytes)
            append(number.minor, to: &bytes)
            return bytes
        case .fifo, .socket: return []
        }
    }

    static func append(_ number: some BitwiseCopyable, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }
}

/// Content as bytes: size (8), levels (1), then 32 bytes for each ID.
enum StatCacheContent {
    static func encode(_ content: Content) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(9 + content.chunks.count * Digest256.byteCount)
        StatCacheEntry.append(content.sizeInBytes, to: &bytes)
        bytes.append(UInt8(content.levels))
        for chunk in content.chunks { chunk.digest.append(to: &bytes) }
        return bytes
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) -> Content {
        let count = (bytes.count - 9) / Digest256.byteCount
        let chunks = (0..<count).map { number in
            // The payload has nine bytes at least, so there is an address.
            ChunkID(Digest256(loading: bytes.baseAddress! + 9 + number * Digest256.byteCount))
        }
        return Content(
            sizeInBytes: bytes.loadUnaligned(as: UInt64.self), levels: Int(bytes[8]),
            chunks: chunks)
    }
}

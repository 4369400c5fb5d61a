import FileHandles
import FileTree
import SnapshotModel

// An entry as the stat cache keeps it: a fixed part of 64 bytes, the name, and a payload that
// depends on the kind. Numbers are in the machine's own order: the file never leaves it.
//
//     0 name length (2) | 2 kind | 3 trusted | 4 permissions (2) | 8 uid (4) | 12 gid (4)
//     16 size (8) | 24 mtime s (8) | 32 ctime s (8) | 40 mtime ns (4) | 44 ctime ns (4)
//     48 inode (8) | 56 payload length (4) | 64 name, payload

/// A view of one entry in the mapped cache.
struct StatCacheEntry {
    static let fixedLength = 64

    let bytes: UnsafeRawBufferPointer

    init(at start: UnsafeRawPointer) {
        let name = Int(start.loadUnaligned(as: UInt16.self))
        let payload = Int(start.loadUnaligned(fromByteOffset: 56, as: UInt32.self))
        bytes = UnsafeRawBufferPointer(start: start, count: Self.fixedLength + name + payload)
    }

    var name: UnsafeRawBufferPointer {
        let length = Int(bytes.loadUnaligned(as: UInt16.self))
        return UnsafeRawBufferPointer(
            rebasing: bytes[Self.fixedLength..<Self.fixedLength + length])
    }

    /// Whether the file is as it was: nothing that a change must alter differs, and its stamps were
    /// old enough when it was read that a later change could not have left them equal.
    func matches(_ status: FileStatus) -> Bool {
        bytes[3] == 1 && bytes[2] == Self.code(status.kind) && load(16) == status.sizeInBytes
            && load(24) == status.modified.seconds && load(40) == status.modified.nanoseconds
            && load(32) == status.changed.seconds && load(44) == status.changed.nanoseconds
            && load(48) == status.inode && hasMetadata(of: status)
    }

    /// Whether a directory is still described by the same line, its content aside.
    func matchesDirectory(_ status: FileStatus) -> Bool {
        bytes[2] == Self.code(.directory) && status.kind == .directory
            && load(24) == status.modified.seconds && load(40) == status.modified.nanoseconds
            && hasMetadata(of: status)
    }

    private func hasMetadata(of status: FileStatus) -> Bool {
        load(4) == status.permissions && load(8) == status.userID && load(12) == status.groupID
    }

    /// The content of a file or directory.
    var content: Content? {
        let kind = bytes[2]
        guard kind == Self.code(.file) || kind == Self.code(.directory) else { return nil }
        return StatCacheContent.decode(payload)
    }

    /// Whether the content is the given one.
    func hasContent(_ content: Content) -> Bool {
        payload.elementsEqual(StatCacheContent.encode(content))
    }

    /// The line of the listing.
    var entry: Entry {
        let metadata = Metadata(
            mode: load(4), userID: load(8), groupID: load(12),
            modified: Timestamp(seconds: load(24), nanoseconds: load(40)))
        return Entry(name: FileName(Array(name)), kind: kind, metadata: metadata)
    }

    private var kind: EntryKind {
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

    private var payload: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(Self.fixedLength + name.count)...])
    }

    private var device: DeviceNumber {
        DeviceNumber(
            major: payload.loadUnaligned(as: UInt32.self),
            minor: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }

    private func load<Number: BitwiseCopyable>(_ offset: Int) -> Number {
        bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    }

    private static func code(_ kind: FileStatus.Kind) -> UInt8 {
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
    static func append(
        _ entry: Entry, _ status: FileStatus, isTrusted: Bool, to bytes: inout [UInt8]
    ) {
        let payload = payload(entry.kind)
        append(UInt16(entry.name.bytes.count), to: &bytes)
        bytes.append(code(status.kind))
        bytes.append(isTrusted ? 1 : 0)
        append(entry.metadata.mode, to: &bytes)
        append(UInt16(0), to: &bytes)
        append(entry.metadata.userID, to: &bytes)
        append(entry.metadata.groupID, to: &bytes)
        append(status.sizeInBytes, to: &bytes)
        append(entry.metadata.modified.seconds, to: &bytes)
        append(status.changed.seconds, to: &bytes)
        append(entry.metadata.modified.nanoseconds, to: &bytes)
        append(status.changed.nanoseconds, to: &bytes)
        append(status.inode, to: &bytes)
        append(UInt32(payload.count), to: &bytes)
        append(UInt32(0), to: &bytes)
        bytes.append(contentsOf: entry.name.bytes)
        bytes.append(contentsOf: payload)
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

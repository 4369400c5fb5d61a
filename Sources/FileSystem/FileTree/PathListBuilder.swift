package import FileHandles

/// Why a list of paths cannot be used.
package struct PathListError: Error, Equatable {
    /// The name of the list.
    package let list: [UInt8]
    /// The number of the line, or of the name, from 1 on.
    package let line: Int
    /// What stands there.
    package let path: [UInt8]
    /// What is wrong with it.
    package let reason: String
}

/// Reads lists of paths below one directory.
package struct PathListBuilder {
    /// What stands behind each path.
    package enum Separator: Sendable {
        /// The end of a line; names with a line feed cannot be listed.
        case lineFeed
        /// NUL, which no name has.
        case null

        fileprivate var byte: UInt8 { self == .null ? 0 : UInt8(ascii: "\n") }
    }

    private static let bufferInBytes = 256 * 1024
    /// Longer ones no system call takes, and none is made of so many names.
    private static let longestPathInBytes = 1024 * 1024
    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    private let root: [UInt8]
    private var arena: [UInt8] = []
    private var slots: [PathList.Slot] = []

    /// A builder without a path.
    /// - Parameter root: an absolute path without `.`, `..` and empty components.
    package init(root: [UInt8]) { self.root = root }

    /// Reads a list to its end. Nothing is cut off or interpreted; empty lines count for nothing.
    /// - Parameter name: what to call the list.
    /// - Throws: `PathListError`; `SystemCallError` when it cannot be read.
    package mutating func read(
        _ stream: ByteStream, _ separator: Separator, name: [UInt8]
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferInBytes, alignment: 16)
        defer { buffer.deallocate() }
        var rest: [UInt8] = []
        var line = 0
        while true {
            let count = try stream.read(into: buffer)
            var bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            while let end = bytes.firstIndex(of: separator.byte) {
                rest += bytes[..<end]
                line += 1
                try add(rest, line, name)
                rest.removeAll(keepingCapacity: true)
                bytes = UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])
            }
            rest += bytes
            if rest.count > Self.longestPathInBytes { try add(rest, line + 1, name) }
            if count < buffer.count { break }
        }
        // The last line need not be ended.
        try add(rest, line + 1, name)
    }

    /// The list of all that was read.
    package consuming func finish() -> PathList { PathList(arena: arena, slots: slots) }

    private mutating func add(_ path: [UInt8], _ line: Int, _ list: [UInt8]) throws {
        if path.isEmpty { return }
        guard !path.contains(0) else {
            throw PathListError(
                list: list, line: line, path: path,
                reason: "it has a NUL, as in lists for --files-from0")
        }
        guard path.count <= Self.longestPathInBytes else {
            throw PathListError(
                list: list, line: line, path: Array(path.prefix(100)),
                reason: "it goes on for more than \(Self.longestPathInBytes) bytes")
        }
        guard let inside = below(path) else {
            throw PathListError(
                list: list, line: line, path: path, reason: "it does not lie in the current folder")
        }
        slots.append(PathList.Slot(offset: arena.count, length: UInt32(inside.count)))
        for byte in inside { arena.append(byte == Self.slash ? 0 : byte) }
    }

    /// The path from the root on.
    /// - Returns: `nil` when it does not lie there; empty for the root itself.
    private func below(_ path: [UInt8]) -> ArraySlice<UInt8>? {
        // As `find .` writes them.
        let start = path.starts(with: [Self.dot, Self.slash]) ? 2 : 0
        if Self.isPlain(path[start...]) { return path[start...] }
        let whole = AbsolutePath.make(path, in: root)
        if whole == root { return [] }
        let prefix = root == [Self.slash] ? root : root + [Self.slash]
        return whole.starts(with: prefix) ? whole[prefix.count...] : nil
    }

    /// Whether a path consists of names only: most do, and lists may be long.
    private static func isPlain(_ path: ArraySlice<UInt8>) -> Bool {
        var before = slash
        for byte in path {
            if before == slash, byte == slash || byte == dot { return false }
            before = byte
        }
        return before != slash
    }
}

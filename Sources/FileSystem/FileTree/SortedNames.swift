package import FileHandles
import SnapshotModel

/// The names of a directory in the order of listings, held in one piece of memory: a directory of
/// a million entries takes some 40 MB.
package struct SortedNames {
    private struct Slot {
        /// The first eight bytes as a big-endian number: settles most comparisons.
        let prefix: UInt64
        let offset: UInt32
        let length: UInt32
    }

    /// The names one behind the other, each with a NUL behind it for the system calls.
    private var arena: [UInt8] = []
    private var slots: [Slot] = []

    /// Reads the names of a directory.
    package init(of directory: FileHandle) throws(SystemCallError) {
        try self.init(of: directory, while: { _ in true })
    }

    /// Reads the names of a directory; `nil` when there are more than so many.
    package init?(of directory: FileHandle, most: Int) throws(SystemCallError) {
        try self.init(of: directory, while: { $0 <= most })
        if count > most { return nil }
    }

    /// - Parameter goesOn: whether to go on, given how many names there are so far.
    private init(
        of directory: FileHandle, while goesOn: (_ count: Int) -> Bool
    ) throws(SystemCallError) {
        var arena: [UInt8] = []
        var slots: [Slot] = []
        try directory.forEachName(while: { goesOn(slots.count) }) { name in
            precondition(arena.count <= Int(UInt32.max), "names of a directory beyond 4 GiB")
            slots.append(
                Slot(
                    prefix: Self.prefix(name), offset: UInt32(arena.count),
                    length: UInt32(name.count)))
            arena.append(contentsOf: name)
            arena.append(0)
        }
        arena.withUnsafeBytes { bytes in
            slots.sort { left, right in
                if left.prefix != right.prefix { return left.prefix < right.prefix }
                return compareBytes(Self.name(left, bytes), Self.name(right, bytes)) < 0
            }
        }
        self.arena = arena
        self.slots = slots
    }

    /// No names.
    package init() {}

    /// The number of names.
    package var count: Int { slots.count }

    /// Whether a name comes before another one that need not be of the directory.
    package func isBefore(_ position: Int, _ other: [UInt8]) -> Bool {
        withName(position) { name in
            other.withUnsafeBytes { compareBytes(name, $0) < 0 }
        }
    }

    /// Whether a name is among them; takes time that grows with the logarithm of their number.
    package func contains(_ name: [UInt8]) -> Bool {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle, name) { low = middle + 1 } else { high = middle }
        }
        return low < count && withName(low) { $0.elementsEqual(name) }
    }

    /// Calls `body` with a name's bytes, behind which there is a NUL.
    package func withName<Result>(
        _ position: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try arena.withUnsafeBytes { try body(Self.name(slots[position], $0)) }
    }

    /// The bytes of a name.
    package subscript(position: Int) -> [UInt8] {
        withName(position) { Array($0) }
    }

    private static func name(
        _ slot: Slot, _ arena: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let start = Int(slot.offset)
        return UnsafeRawBufferPointer(rebasing: arena[start..<start + Int(slot.length)])
    }

    private static func prefix(_ name: UnsafeRawBufferPointer) -> UInt64 {
        if name.count >= 8 { return UInt64(bigEndian: name.loadUnaligned(as: UInt64.self)) }
        var prefix: UInt64 = 0
        for byte in name { prefix = prefix << 8 | UInt64(byte) }
        return prefix << UInt64(8 * (8 - name.count))
    }
}

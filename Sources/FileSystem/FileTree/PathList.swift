// Paths that a user has listed, in the order in which a walk meets them: names ascend within each
// directory, and a directory stands before what is below it. The paths lie in one piece of memory,
// each slash replaced by a NUL, which no name has: sorted as bytes, they are in that order.
//
// Memory: the bytes of the paths, and 16 for each. PathListBuilder reads lists, ListedPaths is the
// part below one directory.

import SnapshotModel

/// Sorted paths below one directory.
package final class PathList: Sendable {
    struct Slot {
        let offset: Int
        let length: UInt32
    }

    private let arena: [UInt8]
    private let slots: [Slot]

    /// Sorts paths.
    init(arena: [UInt8], slots: consuming [Slot]) {
        arena.withUnsafeBytes { bytes in
            slots.sort { compareBytes(Self.path($0, bytes), Self.path($1, bytes)) < 0 }
        }
        self.arena = arena
        self.slots = slots
    }

    /// How many paths there are; one that was listed twice counts twice.
    package var count: Int { slots.count }

    /// Whether the directory itself is listed, and so everything.
    package var hasRoot: Bool { count > 0 && withPath(0) { $0.isEmpty } }

    /// Calls `body` with a path, NULs between its names.
    func withPath<Result>(
        _ position: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try arena.withUnsafeBytes { try body(Self.path(slots[position], $0)) }
    }

    private static func path(
        _ slot: Slot, _ arena: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: arena[slot.offset..<slot.offset + Int(slot.length)])
    }
}

/// What a list has of one directory, name by name.
package struct ListedPaths: Sendable, Sequence, IteratorProtocol {
    /// A name, and what is listed of it.
    package struct Group: Sendable {
        /// The name.
        package let name: [UInt8]
        /// Whether the name itself is listed, and with it all that is below.
        package let isListed: Bool
        /// The paths that lead further.
        package let below: ListedPaths
    }

    private let list: PathList
    private var range: Range<Int>
    /// Where the names begin within the paths.
    private let start: Int

    /// All paths of a list.
    package init(_ list: PathList) { self.init(list, 0..<list.count, start: 0) }

    private init(_ list: PathList, _ range: Range<Int>, start: Int) {
        self.list = list
        self.range = range
        self.start = start
        dropEqual()
    }

    /// The paths that end here are the directory itself.
    private mutating func dropEqual() {
        while let first = range.first, list.withPath(first, { $0.count < start || $0.isEmpty }) {
            range = first + 1..<range.upperBound
        }
    }

    /// The next name, ascending.
    package mutating func next() -> Group? {
        guard let first = range.first else { return nil }
        let name = list.withPath(first) { Array($0[start...].prefix { $0 != 0 }) }
        let end = start + name.count
        var last = first
        while last < range.upperBound, list.withPath(last, { has($0, name, end) }) { last += 1 }
        range = last..<range.upperBound
        return Group(
            name: name, isListed: list.withPath(first) { $0.count == end },
            below: ListedPaths(list, first..<last, start: end + 1))
    }

    private func has(_ path: UnsafeRawBufferPointer, _ name: [UInt8], _ end: Int) -> Bool {
        path.count >= end && (path.count == end || path[end] == 0)
            && path[start..<end].elementsEqual(name)
    }

    /// Calls `body` with each path from the directory on, as a user would write it.
    package func forEachPath(_ body: ([UInt8]) -> Void) {
        for position in range {
            body(
                list.withPath(position) { path in
                    path[start...].map { $0 == 0 ? UInt8(ascii: "/") : $0 }
                })
        }
    }
}

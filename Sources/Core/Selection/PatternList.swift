// Patterns in their order, of which the last one that matches decides. A name is compared only with
// those that can end as it does, and of these with the few whose first and last bytes it has: long
// lists are made of names and of `*.suffix` mostly.

/// Where patterns were written.
package enum PatternOrigin: Hashable, Sendable {
    /// In options of the command line.
    case options
    /// In a file at this path.
    case file([UInt8])
}

/// The patterns of one place. It is shared, for it is passed about for each entry of a walk.
package final class PatternList: Sendable {
    /// In their order.
    package let patterns: [SelectionPattern]
    /// Where they were written.
    package let origin: PatternOrigin
    /// Of a pattern each.
    private let probes: [PatternProbe]
    /// Whether a pattern is compared with paths.
    private let hasAnchored: Bool
    /// The numbers of the patterns that can match, the last one first; for each byte with which a
    /// name can end, where there are `starts`.
    private let order: [Int32]
    /// Where the numbers for a byte begin; none in a short list, which has them once.
    private let starts: [Int]

    /// Shorter lists are gone through from end to end.
    private static let fewest = 16

    /// - Parameter patterns: in their order; the last one that matches decides.
    package init(_ patterns: [SelectionPattern], origin: PatternOrigin) {
        self.patterns = patterns
        self.origin = origin
        probes = patterns.map(PatternProbe.init)
        hasAnchored = patterns.contains(where: \.isAnchored)
        let numbers = patterns.indices.reversed().filter { patterns[$0].glob != .never }
        if numbers.count < Self.fewest {
            order = numbers.map(Int32.init)
            starts = []
            return
        }
        var order: [Int32] = []
        var starts = [0]
        for byte in UInt8.min...UInt8.max {
            for number in numbers where patterns[number].glob.canEnd(with: byte) {
                order.append(Int32(number))
            }
            starts.append(order.count)
        }
        self.order = order
        self.starts = starts
    }

    /// Reads a file of patterns as git reads `.gitignore`: lines that make no sense match nothing.
    package convenience init(gitignore text: [UInt8], path: [UInt8]) {
        let lines = PatternLines(text).map { SelectionPattern(lenient: $0.text, line: $0.number) }
        self.init(lines, origin: .file(path))
    }

    /// Whether there are none.
    package var isEmpty: Bool { patterns.isEmpty }

    /// The last pattern that matches an entry.
    /// - Parameter folder: the path of the entry's folder from the one of the patterns on, with a
    ///   slash behind it; empty where the entry lies beside them.
    /// - Returns: its place in the list.
    func lastMatch(_ entry: ComparedEntry, in folder: UnsafeRawBufferPointer) -> Int? {
        guard let last = entry.name.last else { return nil }
        let range =
            starts.isEmpty ? 0..<order.count : starts[Int(last)]..<starts[Int(last) + 1]
        if range.isEmpty { return nil }
        let path = hasAnchored ? TextEnds(folder).followed(by: entry.ends) : entry.ends
        return order.withUnsafeBufferPointer { order in
            probes.withUnsafeBufferPointer { probes in
                for place in range {
                    let number = Int(order[place])
                    if probes[number].fits(entry, path), matches(number, entry, in: folder) {
                        return number
                    }
                }
                return nil
            }
        }
    }

    /// Compares what few entries come to.
    private func matches(
        _ number: Int, _ entry: ComparedEntry, in folder: UnsafeRawBufferPointer
    ) -> Bool {
        let pattern = patterns[number].path
        guard pattern.isAnchored, !folder.isEmpty else {
            return pattern.matches(entry.name, nameStart: 0, isDirectory: entry.isDirectory)
        }
        return (Array(folder) + entry.name).withUnsafeBytes {
            pattern.matches($0, nameStart: folder.count, isDirectory: entry.isDirectory)
        }
    }
}

/// An entry that is compared with lists of patterns.
struct ComparedEntry {
    let name: UnsafeRawBufferPointer
    let isDirectory: Bool
    let ends: TextEnds

    init(_ name: UnsafeRawBufferPointer, isDirectory: Bool) {
        self.name = name
        self.isDirectory = isDirectory
        ends = TextEnds(name)
    }
}

/// Tells of most entries that a pattern does not match them.
private struct PatternProbe {
    private let ends: GlobEnds
    private let isAnchored: Bool
    private let isForDirectories: Bool

    init(_ pattern: SelectionPattern) {
        ends = pattern.glob.ends
        isAnchored = pattern.isAnchored
        isForDirectories = pattern.isForDirectories
    }

    /// Whether the pattern may match.
    /// - Parameter path: the ends of the entry's path.
    func fits(_ entry: ComparedEntry, _ path: TextEnds) -> Bool {
        ends.fit(isAnchored ? path : entry.ends) && (entry.isDirectory || !isForDirectories)
    }
}

/// The lines of a file of patterns: without comments and empty lines, and without the spaces at
/// their ends that no backslash protects.
package struct PatternLines: Sequence, IteratorProtocol {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var rest: ArraySlice<UInt8>
    private var number = 0

    /// - Parameter text: the whole file.
    package init(_ text: [UInt8]) {
        let hasMark = text.starts(with: Self.byteOrderMark)
        rest = text[(hasMark ? Self.byteOrderMark.count : 0)...]
    }

    /// The next line that may be a pattern, with its number from 1 on.
    package mutating func next() -> (text: [UInt8], number: Int)? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            var line = rest[..<end]
            rest = rest[end...].dropFirst()
            number += 1
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            // What C programs read ends at a NUL.
            line = line.prefix { $0 != 0 }
            let text = Self.trimmed(line)
            if !text.isEmpty { return (Array(text), number) }
        }
        return nil
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var spaces: Int?
        var position = line.startIndex
        while position < line.endIndex {
            if line[position] == UInt8(ascii: " ") {
                spaces = spaces ?? position
            } else {
                if line[position] == UInt8(ascii: "\\") { position += 1 }
                // A backslash at the very end protects nothing, and neither is it trimmed.
                if position == line.endIndex { return line }
                spaces = nil
            }
            position += 1
        }
        return line[..<(spaces ?? line.endIndex)]
    }
}

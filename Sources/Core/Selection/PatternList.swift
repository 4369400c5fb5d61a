// Patterns in their order, of which the last one that matches decides. A name is compared only with
// those that can end as it does: long lists are made of names and of `*.suffix` mostly.

/// Where patterns were written.
package enum PatternOrigin: Hashable, Sendable {
    /// In options of the command line.
    case options
    /// In a file at this path.
    case file([UInt8])
}

/// The patterns of one place.
package struct PatternList: Sendable {
    /// In their order.
    package let patterns: [SelectionPattern]
    /// Where they were written.
    package let origin: PatternOrigin
    /// For each byte with which a name can end, the patterns that can match, the last one first.
    private let candidates: [[Int32]]

    /// - Parameter patterns: in their order; the last one that matches decides.
    package init(_ patterns: [SelectionPattern], origin: PatternOrigin) {
        self.patterns = patterns
        self.origin = origin
        var candidates = [[Int32]](repeating: [], count: patterns.isEmpty ? 0 : 256)
        for (number, pattern) in patterns.enumerated().reversed() where pattern.glob != .never {
            for byte in UInt8.min...UInt8.max
            where pattern.glob.lastBytes?.contains(byte) ?? true {
                candidates[Int(byte)].append(Int32(number))
            }
        }
        self.candidates = candidates
    }

    /// Reads a file of patterns as git reads `.gitignore`: lines that make no sense match nothing.
    package init(gitignore text: [UInt8], path: [UInt8]) {
        let lines = PatternLines(text).map { SelectionPattern(lenient: $0.text, line: $0.number) }
        self.init(lines, origin: .file(path))
    }

    /// Whether there are none.
    package var isEmpty: Bool { patterns.isEmpty }

    /// The last pattern that matches.
    /// - Parameters:
    ///   - path: from the folder of the patterns on; not empty.
    ///   - nameStart: where its last component begins.
    func lastMatch(
        _ path: UnsafeRawBufferPointer, nameStart: Int, isDirectory: Bool
    ) -> SelectionPattern? {
        guard let last = path.last, !patterns.isEmpty else { return nil }
        for number in candidates[Int(last)] {
            let found = patterns[Int(number)].path.matches(
                path, nameStart: nameStart, isDirectory: isDirectory)
            if found { return patterns[Int(number)] }
        }
        return nil
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

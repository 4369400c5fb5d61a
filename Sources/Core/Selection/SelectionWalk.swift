// Follows a walk over a tree, and says of each entry whether patterns leave it out. Patterns of the
// command line go before those of `.gitignore` files; of these, deeper files go before higher ones,
// and within a list the last pattern that matches decides. Whoever walks does not go into
// directories that are left out: nothing below them can come in again.

/// What a pattern says about an entry: a place in a list, for that is passed on at no cost.
package struct PatternMatch: Hashable, Sendable {
    private let list: PatternList
    private let place: Int

    /// A pattern of a place.
    package init(pattern: SelectionPattern, origin: PatternOrigin) {
        self.init(PatternList([pattern], origin: origin), 0)
    }

    init(_ list: PatternList, _ place: Int) {
        self.list = list
        self.place = place
    }

    /// The pattern that decides.
    package var pattern: SelectionPattern { list.patterns[place] }

    /// Where it was written.
    package var origin: PatternOrigin { list.origin }

    /// Whether the entry is left out, and not kept.
    package var isExcluded: Bool { !list.patterns[place].isNegated }

    package static func == (one: Self, other: Self) -> Bool {
        one.pattern == other.pattern && one.origin == other.origin
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(pattern)
        hasher.combine(origin)
    }
}

/// The patterns that count where a walk is; for one thread.
package struct SelectionWalk: Sendable {
    private struct Placed {
        let list: PatternList
        /// Where, within the path, the folder of the patterns ends.
        let start: Int
    }

    private struct Frame {
        let pathLength: Int
        let listCount: Int
        let firstList: Int
    }

    private static let slash = UInt8(ascii: "/")

    private static let git = Array(".git".utf8)

    /// The last one goes first.
    private let options: [PatternList]
    /// Where the folder that is walked over begins, behind the folders above it that were entered.
    private var optionsStart = 0
    /// The folder where the walk is, with a slash behind it, or nothing at its beginning.
    private var path: [UInt8] = []
    /// From the highest to the deepest.
    private var lists: [Placed] = []
    /// The first list that counts here.
    private var firstList = 0
    private var frames: [Frame] = []

    /// - Parameter options: the patterns of the command line; later lists go before earlier ones.
    package init(options: [PatternList]) { self.options = options.filter { !$0.isEmpty } }

    /// Says that patterns of the command line begin at the folder where the walk is.
    package mutating func beginOptions() { optionsStart = path.count }

    /// Goes into a directory.
    package mutating func enter(_ name: [UInt8]) {
        frames.append(
            Frame(pathLength: path.count, listCount: lists.count, firstList: firstList))
        if name.isEmpty { return }
        path += name
        path.append(Self.slash)
    }

    /// Goes back to the parent.
    package mutating func leave() {
        guard let frame = frames.popLast() else { preconditionFailure("left more than entered") }
        path.removeSubrange(frame.pathLength...)
        lists.removeSubrange(frame.listCount...)
        firstList = frame.firstList
    }

    /// Adds the patterns of a file that lies in the directory where the walk is.
    package mutating func add(_ list: PatternList) {
        if !list.isEmpty { lists.append(Placed(list: list, start: path.count)) }
    }

    /// Lets no pattern from above count here, but for those of the command line: this directory is
    /// a work tree of its own, or what git keeps for itself.
    package mutating func shut() { firstList = lists.count }

    /// Finds the pattern that decides about an entry of the directory where the walk is.
    /// - Returns: `nil` when none matches: the entry is kept.
    package func match(_ name: UnsafeRawBufferPointer, isDirectory: Bool) -> PatternMatch? {
        if options.isEmpty, firstList == lists.count { return nil }
        let entry = ComparedEntry(name, isDirectory: isDirectory)
        return path.withUnsafeBytes { path in
            for number in options.indices.reversed() {
                if let found = find(entry, options[number], path, from: optionsStart) {
                    return found
                }
            }
            // Git has no rules for what it keeps for itself.
            if name.count == Self.git.count, name.elementsEqual(Self.git) { return nil }
            for number in (firstList..<lists.count).reversed() {
                let placed = lists[number]
                if let found = find(entry, placed.list, path, from: placed.start) { return found }
            }
            return nil
        }
    }

    private func find(
        _ entry: ComparedEntry, _ list: PatternList, _ path: UnsafeRawBufferPointer,
        from start: Int
    ) -> PatternMatch? {
        let folder = UnsafeRawBufferPointer(rebasing: path[start...])
        return list.lastMatch(entry, in: folder).map { PatternMatch(list, $0) }
    }
}

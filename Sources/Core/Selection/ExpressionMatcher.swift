// Compares paths with a regular expression. The sets of states that the machine gets into are
// numbered as they come up, and what a byte leads to is noted, so that a byte mostly costs one look
// into a table. The table is bounded: when it is full it is begun anew.

/// Looks for what an expression means, anywhere in a text; for one thread.
struct ExpressionMatcher {
    /// The states that a machine is in.
    private struct StateSet: Hashable {
        /// Ascending; only states that wait for a byte or for the end of the text.
        let states: [Int32]
        /// Whether the expression was found already.
        let isFound: Bool
    }

    /// The table takes a megabyte, and the sets of a large expression up to sixteen more.
    private static let mostSets = 1024
    private static let unknown: Int32 = -1

    private let program: ExpressionProgram
    private var sets: [StateSet] = []
    private var numbers: [StateSet: Int32] = [:]
    /// Whether a text that ends there has what is looked for.
    private var isFoundAtEnd: [Bool] = []
    /// For each set and byte the next set.
    private var table: [Int32] = []
    private var marks: [Bool]

    init(_ program: ExpressionProgram) {
        self.program = program
        marks = Array(repeating: false, count: program.instructions.count)
        _ = begin()
    }

    /// Whether the expression is found in a text.
    mutating func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var current: Int32 = 0
        for byte in text {
            if sets[Int(current)].isFound { return true }
            let place = Int(current) << 8 | Int(byte)
            let next = table[place]
            current = next == Self.unknown ? follow(current, byte) : next
        }
        return sets[Int(current)].isFound || isFoundAtEnd[Int(current)]
    }

    /// Begins the table, with the set of an empty text as its first.
    private mutating func begin() -> Int32 {
        (sets, numbers, isFoundAtEnd, table) = ([], [:], [], [])
        return number(of: closure([program.first], isAtStart: true), isAtStart: true)
    }

    /// Finds the set that a byte leads to, and notes it.
    private mutating func follow(_ current: Int32, _ byte: UInt8) -> Int32 {
        var states = [program.first]
        for state in sets[Int(current)].states {
            if case .byte(let set, let next) = program.instructions[Int(state)], set.contains(byte)
            {
                states.append(next)
            }
        }
        let set = closure(states, isAtStart: false)
        if sets.count == Self.mostSets, numbers[set] == nil {
            _ = begin()
            return number(of: set, isAtStart: false)
        }
        let next = number(of: set, isAtStart: false)
        table[Int(current) << 8 | Int(byte)] = next
        return next
    }

    private mutating func number(of set: StateSet, isAtStart: Bool) -> Int32 {
        // At the start of a text, signs for the start hold, so its set is not that of other places.
        if !isAtStart, let known = numbers[set] { return known }
        let number = Int32(sets.count)
        sets.append(set)
        if !isAtStart { numbers[set] = number }
        table += [Int32](repeating: Self.unknown, count: 256)
        let waiting = set.states.compactMap { state -> Int? in
            if case .end(let next) = program.instructions[Int(state)] { next } else { nil }
        }
        isFoundAtEnd.append(closure(waiting, isAtStart: isAtStart, isAtEnd: true).isFound)
        return number
    }

    /// The states that some lead to without a byte.
    private mutating func closure(
        _ starts: [Int], isAtStart: Bool, isAtEnd: Bool = false
    ) -> StateSet {
        var waiting = starts
        var touched: [Int] = []
        var states: [Int32] = []
        var isFound = false
        while let state = waiting.popLast() {
            if marks[state] { continue }
            marks[state] = true
            touched.append(state)
            switch program.instructions[state] {
            case .byte: states.append(Int32(state))
            case .fork(let one, let other): waiting += [one, other]
            case .start(let next): if isAtStart { waiting.append(next) }
            case .end(let next):
                if isAtEnd { waiting.append(next) } else { states.append(Int32(state)) }
            case .accept: isFound = true
            }
        }
        for state in touched { marks[state] = false }
        return StateSet(states: states.sorted(), isFound: isFound)
    }
}

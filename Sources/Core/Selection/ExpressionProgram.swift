/// A regular expression as a machine that is in several states at once (Thompson, CACM 1968): no
/// text makes it go back, whatever the expression.
struct ExpressionProgram: Sendable {
    /// What a state waits for, with the states that follow.
    enum Instruction {
        case byte(ByteSet, next: Int)
        case fork(Int, Int)
        case start(next: Int)
        case end(next: Int)
        case accept
    }

    /// Some kilobytes of expression, or a few nested repetitions.
    private static let mostInstructions = 4096
    /// Repetitions of nothing make no instructions, but take their time.
    private static let mostSteps = 16 * mostInstructions

    private(set) var instructions: [Instruction] = [.accept]
    private(set) var first = 0
    private var steps = 0

    /// Builds the machine from its end.
    init(_ node: ExpressionNode) throws(PatternProblem) {
        first = try add(node, before: 0, offset: 0)
    }

    private mutating func add(
        _ instruction: Instruction, _ offset: Int
    ) throws(PatternProblem) -> Int {
        guard instructions.count < Self.mostInstructions else { throw Self.tooLarge(offset) }
        instructions.append(instruction)
        return instructions.count - 1
    }

    private static func tooLarge(_ offset: Int) -> PatternProblem {
        PatternProblem(offset: offset, reason: "the expression is too large from here on")
    }

    /// Adds what a node needs, and goes on with `next`.
    /// - Returns: where it begins.
    private mutating func add(
        _ node: ExpressionNode, before next: Int, offset: Int
    ) throws(PatternProblem) -> Int {
        steps += 1
        guard steps <= Self.mostSteps else { throw Self.tooLarge(offset) }
        switch node {
        case .byte(let set): return try add(.byte(set, next: next), offset)
        case .start: return try add(.start(next: next), offset)
        case .end: return try add(.end(next: next), offset)
        case .sequence(let nodes):
            var place = next
            for node in nodes.reversed() { place = try add(node, before: place, offset: offset) }
            return place
        case .choice(let nodes):
            var place: Int?
            for node in nodes.reversed() {
                let other = try add(node, before: next, offset: offset)
                place =
                    try place.map { place throws(PatternProblem) in
                        try add(.fork(other, place), offset)
                    } ?? other
            }
            return place ?? next
        case .repeated(let node, let minimum, let maximum, let offset):
            return try add(node, minimum, maximum, before: next, offset)
        }
    }

    private mutating func add(
        _ node: ExpressionNode, _ minimum: Int, _ maximum: Int?, before next: Int, _ offset: Int
    ) throws(PatternProblem) -> Int {
        var place = next
        if let maximum {
            for _ in minimum..<maximum {
                let body = try add(node, before: place, offset: offset)
                place = try add(.fork(body, next), offset)
            }
        } else {
            // The fork leads into the body, and the body back to the fork.
            let fork = try add(.fork(next, next), offset)
            let body = try add(node, before: fork, offset: offset)
            instructions[fork] = .fork(body, next)
            place = fork
        }
        for _ in 0..<minimum { place = try add(node, before: place, offset: offset) }
        return place
    }
}

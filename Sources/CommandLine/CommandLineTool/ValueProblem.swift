/// A value that a text does not give, with what to write instead; the parser names the option.
struct ValueProblem: Error, CustomStringConvertible {
    let description: String

    init(_ problem: String, try remedy: String) { description = "\(problem) (try: \(remedy))" }
}

import TestSupport
import Testing

/// A run has failed with the exit code, by one error whose lines hold the words.
/// - Parameters:
///   - words: in the lines `error:` and `cause:`.
///   - remedy: in the line `try:`.
func expectFailure(
    _ run: ToolRun, _ exitCode: Int32 = 1, _ words: [String] = [], try remedy: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let said = Comment(rawValue: run.text + run.error)
    #expect(run.exitCode == exitCode, said, sourceLocation: sourceLocation)
    let lines = run.error.split(separator: "\n").map(String.init)
    #expect(lines.count { $0.hasPrefix("error: ") } == 1, said, sourceLocation: sourceLocation)
    let failed = lines.filter { $0.hasPrefix("error: ") || $0.hasPrefix("cause: ") }
        .joined(separator: "\n")
    for word in words {
        #expect(failed.contains(word), said, sourceLocation: sourceLocation)
    }
    let advice = lines.filter { $0.hasPrefix("try:   ") }.joined(separator: "\n")
    #expect(!advice.isEmpty, said, sourceLocation: sourceLocation)
    for word in remedy {
        #expect(advice.contains(word), said, sourceLocation: sourceLocation)
    }
}

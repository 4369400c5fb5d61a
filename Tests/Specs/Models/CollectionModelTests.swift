import Foundation
import TestSupport
import Testing

/// The collection protocol as a model: what may happen is searched, not tried
/// (Specs/concurrency.md).
@Suite(.serialized, .enabled(if: hasChecker, "spin is not installed"))
struct CollectionModelTests {
    @Test func `nothing is lost, whatever the order of steps`() throws {
        let lines = try check("small")
        #expect(lines.count >= 10)
        #expect(lines.allSatisfy { $0.hasSuffix("ok: safe") })
    }

    @Test func `without any one of its safeguards something is lost`() throws {
        let lines = try check("mutations")
        let lost = lines.filter { $0.hasSuffix("ok: lost") }.map { $0.prefix { $0 != " " } }
        for number in 1...19 { #expect(lost.contains("G\(number)")) }
        #expect(lost.count == lines.count)
    }

    /// Runs the script of that name, which must succeed.
    /// - Returns: its lines, one for each instance.
    private func check(_ instances: String) throws -> [Substring] {
        let script = Self.root.appendingPathComponent("Specs/models/check").path
        // Other tests go on meanwhile, and some of them look at the time.
        let run = try Command(["nice", script, instances])
        try #require(run.exitCode == 0, "\(run.text)\(run.error)")
        return run.text.split(separator: "\n")
    }

    private static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder
    }()
}

private let hasChecker: Bool = {
    do {
        return try Command(["spin", "-V"]).exitCode == 0
    } catch {
        return false
    }
}()

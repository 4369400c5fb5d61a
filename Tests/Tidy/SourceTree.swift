import Foundation

/// A Swift file of the project.
struct SourceFile: Sendable, CustomStringConvertible {
    /// The path below the project's folder, with slashes.
    let path: String
    let lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        self.lines = lines
    }

    var description: String { path }

    /// The name without folders.
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// The folders on the way: `Sources`, the layer, the module.
    var folders: [String] { path.split(separator: "/").dropLast().map(String.init) }

    /// Lines that hold nothing but a comment.
    var commentCount: Int { lines.count { $0.trimmed.hasPrefix("//") } }

    /// What is imported, with the number of the line.
    var imports: [(module: String, line: Int)] {
        lines.enumerated().compactMap { number, line in
            let pattern = /^\s*(?:@testable |@preconcurrency )?(?:\w+ )?import (?:\w+ )?(\w+)/
            guard let match = line.prefixMatch(of: pattern) else { return nil }
            return (String(match.1), number + 1)
        }
    }
}

extension Substring {
    /// Without the spaces around it.
    var trimmed: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// How many spaces it begins with.
    var indentation: Int { prefix { $0 == " " }.count }
}

/// The files of the project.
enum SourceTree {
    /// The project's folder.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files("Sources")
    static let tests = files("Tests").filter { !$0.path.hasPrefix("Tests/Benchmarks/") }
    static let all = sources + files("Tests")

    /// The text of a file.
    static func read(_ path: String) -> String {
        do {
            return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
        } catch {
            fatalError("cannot read \(path): \(error)")
        }
    }

    private static func files(_ folder: String) -> [SourceFile] {
        let url = root.appendingPathComponent(folder)
        guard let names = FileManager.default.enumerator(atPath: url.path) else {
            fatalError("there is no folder \(url.path)")
        }
        let paths = names.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
        return paths.sorted().map { path in
            SourceFile(path: "\(folder)/\(path)", text: read("\(folder)/\(path)"))
        }
    }
}

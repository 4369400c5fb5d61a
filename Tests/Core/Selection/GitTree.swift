import Selection
import TestSupport

/// A work tree with random folders, files and `.gitignore` files.
struct GitTree {
    private let directory: TemporaryDirectory
    let root: DiskPath
    /// Everything below the root, parents first, without what git or its rules are.
    private(set) var paths: [(path: [UInt8], isDirectory: Bool)] = []
    /// The rules of each folder that has some, and of `.git/info/exclude` under the name of it.
    private(set) var rules: [[UInt8]: [UInt8]] = [:]

    static let infoExclude = Array(".git/info/exclude".utf8)

    init(_ generator: inout SeededGenerator) throws {
        directory = try TemporaryDirectory(isInMemory: true)
        root = DiskPath(directory.appending("tree"))
        _ = try Self.git(["init", "-q", root.text])
        let names = generator.array(5...9) { $0.shortName() }
        try fill([], depth: 0, names, &generator)
        if generator.oneIn(2) {
            try write(Self.rules(names, &generator), Self.infoExclude, at: Self.infoExclude)
        }
    }

    private mutating func fill(
        _ folder: [UInt8], depth: Int, _ names: [[UInt8]], _ generator: inout SeededGenerator
    ) throws {
        if generator.oneIn(depth == 0 ? 1 : 3) {
            let file = folder + Array(".gitignore".utf8)
            try write(Self.rules(names, &generator), folder, at: file)
        }
        for name in Set(names).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let path = folder + name
            let isDirectory = depth < 3 && generator.oneIn(2)
            paths.append((path, isDirectory))
            if isDirectory {
                try root.appending(path).makeDirectory()
                try fill(path + Array("/".utf8), depth: depth + 1, names, &generator)
            } else if generator.oneIn(8) {
                try root.appending(path).makeLink(to: Array(".".utf8))
            } else {
                try root.appending(path).write([])
            }
            if paths.count > 150 { return }
        }
    }

    private mutating func write(_ text: [UInt8], _ key: [UInt8], at file: [UInt8]) throws {
        rules[key] = text
        try root.appending(file).write(text)
    }

    private static func rules(
        _ names: [[UInt8]], _ generator: inout SeededGenerator
    ) -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<generator.number(in: 1...8) {
            text += generator.pattern(names: names)
            text += generator.oneIn(10) ? [0x0D, 0x0A] : [0x0A]
        }
        if generator.oneIn(8) { text = [0xEF, 0xBB, 0xBF] + text }
        if generator.oneIn(4) { text.removeLast() }
        return text
    }

    private static func git(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        // What the machine's user has set must not decide.
        let run = try Command(
            [
                "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
                "git",
            ] + arguments,
            input: input)
        struct GitFailed: Error { let text: String }
        // 1: nothing of what was asked is ignored.
        guard run.exitCode <= 1 else { throw GitFailed(text: run.error) }
        return run.output
    }

    /// What git says about each path: the rule that decides, as `file:line`; `nil` without one.
    func gitVerdicts() throws -> [String?] {
        // A colon at the beginning would be magic to git.
        var input: [UInt8] = []
        for (path, _) in paths { input += Array("./".utf8) + path + [0] }
        let output = try Self.git(
            ["-C", root.text, "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"],
            input: input)
        let fields = output.split(separator: 0, omittingEmptySubsequences: false)
        return paths.indices.map { number in
            let source = String(decoding: fields[4 * number], as: UTF8.self)
            let line = String(decoding: fields[4 * number + 1], as: UTF8.self)
            return source.isEmpty ? nil : "\(source):\(line)"
        }
    }

    /// What a walk over the tree says; below a directory that is left out, the rule of that one.
    func walkVerdicts() -> [String?] {
        var walk = SelectionWalk(options: [])
        if let text = rules[Self.infoExclude] {
            walk.add(PatternList(gitignore: text, path: Self.infoExclude))
        }
        addRules(of: [], to: &walk)
        var verdicts: [String?] = []
        /// The folders on the way, each with the rule that leaves it out.
        var open: [(path: [UInt8], verdict: String?)] = []
        for (path, isDirectory) in paths {
            while let last = open.last, !path.starts(with: last.path) {
                open.removeLast()
                walk.leave()
            }
            let name = Array(path.dropFirst(open.last?.path.count ?? 0))
            var verdict = open.last?.verdict
            var isExcluded = verdict != nil
            let match = name.withUnsafeBytes { walk.match($0, isDirectory: isDirectory) }
            if !isExcluded, let match {
                guard case .file(let file) = match.origin else { preconditionFailure("no options") }
                verdict = "\(String(decoding: file, as: UTF8.self)):\(match.pattern.line)"
                isExcluded = match.isExcluded
            }
            verdicts.append(verdict)
            if isDirectory {
                let folder = path + Array("/".utf8)
                open.append((folder, isExcluded ? verdict : nil))
                walk.enter(name)
                addRules(of: folder, to: &walk)
            }
        }
        return verdicts
    }

    private func addRules(of folder: [UInt8], to walk: inout SelectionWalk) {
        guard let text = rules[folder] else { return }
        walk.add(PatternList(gitignore: text, path: folder + Array(".gitignore".utf8)))
    }

    /// The rules, for messages.
    var text: String {
        rules.map { key, value in
            let text = value.map { String(UnicodeScalar($0)) }.joined()
            return "\(String(decoding: key, as: UTF8.self)): \(String(reflecting: text))"
        }.sorted().joined(separator: "\n")
    }
}

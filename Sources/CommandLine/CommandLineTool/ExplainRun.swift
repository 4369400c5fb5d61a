import FileTree
import RepositoryFormat
import Selection
import SnapshotModel
import Snapshotting

/// One run of `snapshot --explain`.
struct ExplainRun {
    let settings: SnapshotSettings
    let console: Console

    func run(_ paths: [String]) throws -> ExitCode {
        let explainer = try PathExplainer(settings) { [console] in
            SnapshotCommand.show($0, nil, console)
        }
        var (taken, unreadable) = (0, 0)
        for text in paths {
            let path = RawArguments.absolutePath(text)
            let verdicts = explainer.explain(path)
            for verdict in verdicts { show(verdict, path) }
            if verdicts.contains(where: { if case .taken = $0 { true } else { false } }) {
                taken += 1
            }
            if verdicts.contains(where: { if case .unreadable = $0 { true } else { false } }) {
                unreadable += 1
            }
        }
        console.event("summary") { writer in
            writer.key("explained")
            writer.number(UInt64(paths.count))
            writer.key("taken")
            writer.number(UInt64(taken))
        }
        return unreadable == 0 ? .done : .incomplete
    }

    private func show(_ verdict: PathVerdict, _ path: [UInt8]) {
        let explanation = Explanation(verdict, of: path)
        console.line("\(DisplayText.escape(path)) \(explanation.text)")
        console.event("explanation") { writer in
            writer.key("path")
            writer.string(DisplayText.escape(path))
            explanation.append(to: &writer)
        }
    }
}

/// A verdict in words.
private struct Explanation {
    let verdict: PathVerdict
    let path: [UInt8]

    init(_ verdict: PathVerdict, of path: [UInt8]) {
        self.verdict = verdict
        self.path = path
    }

    var text: String {
        switch verdict {
        case .taken(let entry, nil): "is taken\(Self.name(entry))"
        case .taken(let entry, let match?):
            "is taken\(Self.name(entry)): kept by \(Self.words(match))"
        case .leftOut(let place, let reason): "is left out: \(subject(place))\(Self.words(reason))"
        case .behindLink(let place):
            "is left out: \(DisplayText.escape(place)) is a symbolic link, which is taken as one"
        case .missing(let place):
            "does not exist" + (place == path ? "" : ": \(DisplayText.escape(place)) is missing")
        case .unreadable(let place, let reason):
            "cannot be looked at: \(DisplayText.escape(place)): \(reason)"
        case .outside: "is not below what is taken"
        }
    }

    private static func name(_ entry: [UInt8]) -> String {
        entry.isEmpty ? ", as the snapshot's root" : " as \(DisplayText.escape(entry))"
    }

    /// What the reason is about, where that is a folder above.
    private func subject(_ place: [UInt8]) -> String {
        place == path ? "" : "the folder \(DisplayText.escape(place)) is: "
    }

    private static func words(_ reason: ExclusionReason) -> String {
        switch reason {
        case .pattern(let match): words(match)
        case .larger(let limit): "the file is larger than \(limit) bytes"
        case .marked(let name): "its folder has \(DisplayText.escape(name)), which marks it"
        case .otherFileSystem: "what lies on another file system than the path that was named"
        case .ownFiles: "varve keeps its own files there"
        }
    }

    private static func words(_ match: PatternMatch) -> String {
        let pattern = "\"\(DisplayText.escape(match.pattern.text))\""
        return switch match.origin {
        case .options: "pattern \(match.pattern.line) of --exclude, \(pattern)"
        case .file(let path):
            "\(DisplayText.escape(path)), line \(match.pattern.line), \(pattern)"
        }
    }

    func append(to writer: inout JSONWriter) {
        switch verdict {
        case .taken(let entry, let match):
            append("taken", to: &writer)
            writer.text("entry", entry)
            if let match { Self.append(match, to: &writer) }
        case .leftOut(let place, let reason):
            append("leftOut", at: place, to: &writer)
            Self.append(reason, to: &writer)
        case .behindLink(let place):
            append("leftOut", at: place, to: &writer)
            Self.append("link", to: &writer)
        case .missing(let place): append("missing", at: place, to: &writer)
        case .unreadable(let place, let reason):
            append("unreadable", at: place, to: &writer)
            writer.key("cause")
            writer.string(reason)
        case .outside: append("outside", to: &writer)
        }
    }

    private func append(
        _ outcome: StaticString, at place: [UInt8]? = nil, to writer: inout JSONWriter
    ) {
        writer.key("outcome")
        writer.plain(outcome)
        guard let place else { return }
        writer.key("at")
        writer.string(DisplayText.escape(place))
    }

    private static func append(_ reason: ExclusionReason, to writer: inout JSONWriter) {
        switch reason {
        case .pattern(let match):
            append("pattern", to: &writer)
            append(match, to: &writer)
        case .larger(let limit):
            append("size", to: &writer)
            writer.key("limit")
            writer.number(limit)
        case .marked(let name):
            append("mark", to: &writer)
            writer.text("mark", name)
        case .otherFileSystem: append("fileSystem", to: &writer)
        case .ownFiles: append("ownFiles", to: &writer)
        }
    }

    private static func append(_ reason: StaticString, to writer: inout JSONWriter) {
        writer.key("reason")
        writer.plain(reason)
    }

    private static func append(_ match: PatternMatch, to writer: inout JSONWriter) {
        writer.text("pattern", match.pattern.text)
        if case .file(let path) = match.origin {
            writer.key("file")
            writer.string(DisplayText.escape(path))
        }
        writer.key("line")
        writer.number(UInt64(match.pattern.line))
    }
}

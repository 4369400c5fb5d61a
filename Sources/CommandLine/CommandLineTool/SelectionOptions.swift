internal import ArgumentParser
import FileHandles
import FileTree
import Selection
import SnapshotModel
import Snapshotting

/// What a snapshot leaves out.
struct SelectionOptions: ParsableArguments {
    // What follows such an option is its value, also with a minus in front.

    @Option(
        parsing: .unconditionalSingleValue,
        help: """
            Leave out what matches, as a line of a .gitignore file in each folder that is taken \
            would; may be given several times.
            """)
    var exclude: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: "A file with such patterns, one a line; may be given several times.")
    var excludeFrom: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: """
            Leave out what lies beside a file of this name; may be given several times.
            """)
    var excludeIfPresent: [String] = []

    @Flag(help: "Leave out caches: what lies beside a CACHEDIR.TAG with its signature.")
    var excludeCaches = false

    @Option(
        parsing: .unconditional, help: "Leave out files that are larger, such as 1GiB.",
        transform: OptionValue.size)
    var excludeLargerThan: UInt64?

    @Flag(help: "Leave out what git ignores.")
    var gitignore = false

    @Flag(help: "Leave out what lies on other file systems.")
    var oneFileSystem = false

    /// Whether something may be left out.
    var isGiven: Bool {
        !exclude.isEmpty || !excludeFrom.isEmpty || !excludeIfPresent.isEmpty || excludeCaches
            || excludeLargerThan != nil || gitignore || oneFileSystem
    }

    /// The largest file of patterns.
    private static let mostBytes = 64 * 1024 * 1024

    /// Understands all patterns.
    func selection() throws -> SnapshotSelection {
        var selection = SnapshotSelection()
        selection.patterns = try excludeFrom.map(Self.list)
        let patterns = try exclude.enumerated().map { number, text in
            try Self.pattern(RawArguments.bytes(of: text), line: number + 1, of: "--exclude")
        }
        selection.patterns.append(PatternList(patterns, origin: .options))
        selection.marks = try excludeIfPresent.map(Self.mark)
        if excludeCaches { selection.marks.append(.cache) }
        selection.largestInBytes = excludeLargerThan
        selection.usesGitignore = gitignore
        selection.staysOnFileSystem = oneFileSystem
        return selection
    }

    private static func list(_ text: String) throws -> PatternList {
        let path = RawArguments.absolutePath(text)
        let shown = DisplayText.escape(path)
        let remedy = "check the path; nothing was written"
        let bytes: [UInt8]?
        do {
            bytes = try FileHandle.contents(path: path, limitInBytes: mostBytes)
        } catch {
            throw Failure(.failed, "cannot read \(shown)", error.reason, remedy)
        }
        guard let bytes else {
            throw Failure(.failed, "cannot read \(shown)", "it is too large", remedy)
        }
        let patterns = try PatternLines(bytes).map { line in
            try pattern(line.text, line: line.number, of: "\(shown), line \(line.number)")
        }
        return PatternList(patterns, origin: .file(path))
    }

    private static func pattern(
        _ text: [UInt8], line: Int, of place: String
    ) throws -> SelectionPattern {
        do {
            return try SelectionPattern(text, line: line)
        } catch {
            throw Failure(
                .usage, "cannot use the pattern \"\(DisplayText.escape(text))\"",
                "\(place): \(error.reason), at byte \(error.position)",
                "put a backslash before a sign that stands for itself; nothing was written")
        }
    }

    private static func mark(_ text: String) throws -> FolderMark {
        let name = RawArguments.bytes(of: text)
        guard !name.isEmpty, !name.contains(UInt8(ascii: "/")) else {
            throw Failure(
                usage: "\"\(DisplayText.escape(name))\" of --exclude-if-present is no file name",
                remedy: "a name without slashes, such as .nobackup; nothing was written")
        }
        return FolderMark(name: name)
    }
}

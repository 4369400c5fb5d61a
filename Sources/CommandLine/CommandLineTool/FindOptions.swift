internal import ArgumentParser
import FileTree
import Finding
import Selection
import SnapshotModel

/// What `find` looks for, beside the pattern.
struct FindOptions: ParsableArguments {
    @Flag(help: "PATTERN is a regular expression, looked for anywhere in the path.")
    var regex = false

    @Option(
        help: """
            Only of these types: f for files, d for folders, l for links, p for pipes, s for \
            sockets, c and b for devices; several as in f,l.
            """,
        transform: OptionValue.types)
    var type: Set<EntryType> = []

    // What follows such an option is its value, also with a minus in front.

    @Option(
        parsing: .unconditionalSingleValue,
        help: """
            Only files of this size: +1M for larger ones, -10K for smaller ones, 512 for exactly \
            so many bytes; may be given several times.
            """,
        transform: OptionValue.sizeBound)
    var size: [SizeBound] = []

    @Option(
        parsing: .unconditional,
        help: "Only what was changed since: a time, or how long ago, such as 3d.",
        transform: OptionValue.moment)
    var newer: Timestamp?

    @Option(
        parsing: .unconditional,
        help: "Only what was changed before: a time, or how long ago.",
        transform: OptionValue.moment)
    var older: Timestamp?

    /// Understands the pattern.
    func criteria(_ text: [UInt8]) throws -> FindCriteria {
        do throws(PatternError) {
            var criteria = FindCriteria(
                regex ? try PathPattern(expression: text) : try PathPattern(glob: text))
            criteria.types = type
            criteria.sizes = size
            criteria.newerThan = newer
            criteria.olderThan = older
            return criteria
        } catch {
            throw Failure(
                .usage, "cannot use the pattern \"\(DisplayText.escape(text))\"",
                "\(error.reason), at byte \(error.position)",
                "put a backslash before a sign that stands for itself; nothing was written")
        }
    }
}

extension OptionValue {
    /// The letters that find(1) has for types.
    private static let typeLetters: [Substring: EntryType] = [
        "f": .file, "d": .directory, "l": .symlink, "p": .fifo, "s": .socket,
        "c": .characterDevice, "b": .blockDevice,
    ]

    /// `f`, or `f,d`.
    static func types(_ text: String) throws -> Set<EntryType> {
        var types: Set<EntryType> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let type = typeLetters[word] else {
                throw ValueProblem("not letters of types with commas between", try: "f, or d,l")
            }
            types.insert(type)
        }
        return types
    }

    /// `+1MiB`, `-10K`, `512`.
    static func sizeBound(_ text: String) throws -> SizeBound {
        let sign = text.first
        let rest = sign == "+" || sign == "-" ? String(text.dropFirst()) : text
        guard let bytes = HumanText.parse(bytes: rest) else {
            throw ValueProblem(
                "not a size: a whole number with K, M, G or T behind it, or none, and perhaps + or"
                    + " - before it", try: "+1M")
        }
        switch sign {
        case "+": return .above(bytes)
        case "-": return .below(bytes)
        default: return .exactly(bytes)
        }
    }

    /// `2026-11-23`, `2026-11-23T19:55:01Z` as varve shows it, or `3d` ago.
    static func moment(_ text: String) throws -> Timestamp {
        if let moment = moment(utc: text) { return moment }
        do {
            let now = Machine.now()
            return Timestamp(
                seconds: now.seconds - (try seconds(text)), nanoseconds: now.nanoseconds)
        } catch is ValueProblem {
            throw ValueProblem(
                "neither a time of UTC nor how long ago",
                try: "2026-11-23, 2026-11-23T19:55:01Z,"
                    + " or 3d")
        }
    }

    private static func moment(utc text: String) -> Timestamp? {
        var text = text
        if let space = text.firstIndex(of: " ") { text.replaceSubrange(space...space, with: "T") }
        if !text.contains("T") { text += "T00:00:00" }
        if !text.hasSuffix("Z") { text += "Z" }
        return CalendarTime.parse(iso8601: text)
    }
}

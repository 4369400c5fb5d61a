import FileHandles
import RepositoryFormat
import Restoring
import SnapshotModel

/// What the place of a restore did not take, in the words of texts and of JSON.
struct ShortfallText {
    /// The value of `kind` in JSON.
    let word: StaticString
    /// The namespace of extended attributes, such as `user.`.
    var namespace: String?
    /// What is lacking, before the number of entries or behind it.
    let what: String
    /// Whether the entries themselves are what is lacking: `12 devices`.
    private let isEntries: Bool
    /// What to do about it.
    let remedy: String

    private init(
        _ word: StaticString, _ what: String, isEntries: Bool = false, _ remedy: String
    ) {
        self.word = word
        self.what = what
        self.isEntries = isEntries
        self.remedy = remedy
    }

    /// What and of how many entries.
    func subject(_ entries: UInt64) -> String {
        if isEntries { return "\(what): \(entries)" }
        return "\(what): of " + HumanText.count(entries, "entry", "entries")
    }

    init(_ kind: Shortfall.Kind) {
        let attributes =
            "--no-xattrs leaves them out, or restore as root to a file system with them"
        switch kind {
        case .owner:
            self.init("owner", "owners", "restore as root, or leave them out with --no-owner")
        case .setID:
            self.init("setID", "setuid and setgid", "restore as root")
        case .mode:
            self.init("mode", "permissions", "restore to a file system that has them")
        case .time:
            self.init("time", "modification times", "restore to a file system that has them")
        case .attributes:
            self.init("attributes", "extended attributes", attributes)
        case .namespace(let namespace):
            let shown = namespace.isEmpty ? "other" : namespace + "*"
            self.init("attributes", "extended attributes (\(shown))", attributes)
            self.namespace = namespace
        case .accessControlList:
            self.init("accessControlList", "access control lists", attributes)
        case .flags:
            self.init(
                "flags", "flags", "--no-flags leaves them out, or restore as root where they are")
        case .device:
            self.init("device", "devices", isEntries: true, "restore as root")
        case .socket:
            self.init(
                "socket", "sockets", isEntries: true, "start the servers that made them")
        case .fifo:
            self.init(
                "fifo", "named pipes", isEntries: true, "restore to a file system that has them")
        case .symlink:
            self.init(
                "symlink", "symbolic links", isEntries: true,
                "restore to a file system that has them")
        case .hardLink:
            self.init(
                "hardLink", "hard links that are copies", isEntries: true,
                "restore to a file system that has hard links")
        case .collision:
            self.init(
                "collision", "names that differ only in case", isEntries: true,
                "restore to a file system that tells upper from lower case")
        case .name:
            self.init(
                "name", "names that the file system does not take", isEntries: true,
                "restore to another file system")
        case .size:
            self.init(
                "size", "files that are too large", isEntries: true,
                "restore to a file system that takes larger ones")
        case .newerMetadata:
            self.init("newerMetadata", "metadata of a newer version", "use that version of varve")
        }
    }
}

extension Console {
    /// Tells what the place did not take: a line for each kind, whatever number of entries.
    func show(_ shortfalls: [Shortfall], failed: UInt64) {
        // The summary has them.
        if isJSON || failed == 0 { return }
        var lines = [
            HumanText.count(failed, "entry is", "entries are") + " missing, or not complete"
        ]
        for shortfall in shortfalls {
            let text = ShortfallText(shortfall.kind)
            lines.append("  \(text.subject(shortfall.entries)): \(shortfall.reason)")
            lines.append("      such as \(DisplayText.escape(shortfall.example))")
            lines.append("      try: \(text.remedy)")
        }
        warning(lines.joined(separator: "\n"))
    }

    /// Tells of one entry of which the place did not take something.
    func show(_ shortfall: Shortfall) {
        guard isVerbose else { return }
        problem(
            "failed", shortfall.example,
            "\(ShortfallText(shortfall.kind).what): \(shortfall.reason)")
    }
}

extension JSONWriter {
    /// Writes what the place did not take, as the value of a member.
    mutating func shortfalls(_ shortfalls: [Shortfall]) {
        key("shortfalls")
        beginArray()
        for shortfall in shortfalls {
            let text = ShortfallText(shortfall.kind)
            beginObject()
            key("kind")
            plain(text.word)
            if let namespace = text.namespace {
                key("namespace")
                string(namespace)
            }
            key("entries")
            number(shortfall.entries)
            key("reason")
            string(shortfall.reason)
            key("example")
            string(DisplayText.escape(shortfall.example))
            key("try")
            string(text.remedy)
            endObject()
        }
        endArray()
    }
}

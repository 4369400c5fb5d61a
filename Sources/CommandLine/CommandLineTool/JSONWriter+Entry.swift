import RepositoryFormat
import SnapshotModel

extension EntryKind {
    /// The word for it in JSON and in options.
    var word: String { type.rawValue }
}

extension JSONWriter {
    /// Writes a path, or another text whose bytes may be any.
    mutating func text(_ name: StaticString, _ bytes: [UInt8]) {
        key(name)
        string(String(decoding: bytes, as: UTF8.self))
    }

    /// Writes what an entry has, as members of the object that was begun.
    mutating func entry(_ entry: Entry, path: [UInt8]) {
        text("path", path)
        key("type")
        string(entry.kind.word)
        key("mode")
        octal(mode: entry.metadata.mode)
        key("uid")
        number(UInt64(entry.metadata.userID))
        key("gid")
        number(UInt64(entry.metadata.groupID))
        key("mtime")
        string(CalendarTime.iso8601(entry.metadata.modified))
        if case .file(let content) = entry.kind {
            key("size")
            number(content.sizeInBytes)
        }
        if case .symlink(let target) = entry.kind { text("target", target) }
        if let hardLink = entry.hardLink { text("hardLink", hardLink.bytes) }
        if entry.hasHoles {
            key("holes")
            boolean(true)
        }
        if !entry.extendedAttributes.isEmpty {
            key("xattrs")
            strings(entry.extendedAttributes.map { String(decoding: $0.name, as: UTF8.self) })
        }
        if !entry.flags.isEmpty {
            key("flags")
            strings(entry.flags.words.map { "\($0)" })
        }
        if let created = entry.created {
            key("created")
            string(CalendarTime.iso8601(created))
        }
    }
}

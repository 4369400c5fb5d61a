import RepositoryFormat
import SnapshotModel

extension JSONWriter {
    /// Writes what tells a snapshot from others, as members of the object that was begun.
    mutating func snapshot(
        _ id: SnapshotID, time: Timestamp, host: String, paths: [[UInt8]], tags: [String]
    ) {
        key("id")
        string("\(id)")
        key("time")
        string(CalendarTime.iso8601(time))
        key("host")
        string(host)
        key("paths")
        strings(paths.map { DisplayText.escape($0) })
        key("tags")
        strings(tags)
    }

    /// Writes an array of texts.
    mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}

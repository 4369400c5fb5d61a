package import SnapshotModel

/// Where the content of a folder came from when it was restored: what a pull needs to go on.
package struct FolderOrigin: Equatable, Sendable {
    /// The snapshot that was restored last.
    package var snapshot: SnapshotID
    /// When that was begun.
    package var time: Timestamp
    /// The host whose snapshots go on with it.
    package var host: String
    /// The paths that they are of.
    package var paths: [[UInt8]]
    /// What of a snapshot goes into the folder: components; empty for all of it.
    package var subpath: [[UInt8]]

    /// An origin.
    package init(
        snapshot: SnapshotID, time: Timestamp, host: String, paths: [[UInt8]], subpath: [[UInt8]]
    ) {
        self.snapshot = snapshot
        self.time = time
        self.host = host
        self.paths = paths
        self.subpath = subpath
    }

    private static let none = "-"

    /// One line: bytes as hexadecimal digits, for they may be any.
    static func line(_ origin: FolderOrigin?) -> String {
        guard let origin else { return none }
        return [
            "\(origin.snapshot)", CalendarTime.iso8601(origin.time), hexadecimal(origin.host.utf8),
            list(origin.paths), list(origin.subpath),
        ].joined(separator: " ")
    }

    /// - Returns: `nil` for a line that is none; `.some(nil)` for a folder without an origin.
    static func parse(_ line: String) -> FolderOrigin?? {
        if line == none { return .some(nil) }
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 5, let snapshot = SnapshotID(hexadecimal: words[0]),
            let time = CalendarTime.parse(iso8601: words[1]), let host = bytes(words[2]),
            let paths = parseList(words[3]), let subpath = parseList(words[4])
        else { return nil }
        return FolderOrigin(
            snapshot: snapshot, time: time, host: String(decoding: host, as: UTF8.self),
            paths: paths, subpath: subpath)
    }

    private static func list(_ parts: [[UInt8]]) -> String {
        parts.isEmpty ? none : parts.map(hexadecimal).joined(separator: ",")
    }

    private static func parseList(_ text: String) -> [[UInt8]]? {
        if text == none { return [] }
        let parts = text.split(separator: ",").map { bytes(String($0)) }
        return parts.contains(nil) ? nil : parts.compactMap { $0 }
    }

    /// An empty text has a mark of its own, or the words of a line could not be told apart.
    private static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        if bytes.isEmpty { return "." }
        var text: [UInt8] = []
        Hexadecimal.append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        if text == "." { return [] }
        let digits = text.utf8.map(Hexadecimal.digit)
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        let values = digits.compactMap { $0 }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}

// What is kept of a session for later runs of the same machine. The text is checksummed: a view
// that is not what a LIST has shown could make a run rely on what is not there.

import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryFormat
import SnapshotModel

/// A session with what it has seen.
struct SessionNote: Equatable, Sendable {
    let id: SessionID
    let leaseInSeconds: UInt32
    /// On the machine's clock that goes on during sleep, before the session was sent.
    let begin: UInt64
    /// When a LIST has shown `objects`, on the same clock.
    var listed: UInt64
    /// What there is below `indexes/`, as far as LIST and this machine's own requests tell.
    var objects: [ListedObject]

    private static let firstLine = "varve-session 1"
    private static let none = "-"
    /// A listing has less than a few thousand names of a hundred bytes.
    private static let limitInBytes = 4 * 1024 * 1024

    /// The marker of the session.
    var marker: ProtocolMarker { .session(id, leaseInSeconds: leaseInSeconds) }

    /// A session.
    init(
        id: SessionID, leaseInSeconds: UInt32, begin: UInt64, listed: UInt64,
        objects: [ListedObject]
    ) {
        self.id = id
        self.leaseInSeconds = leaseInSeconds
        self.begin = begin
        self.listed = listed
        self.objects = objects
    }

    /// Reads what `text` has made.
    /// - Returns: `nil` unless it is whole, and of this boot of the machine.
    init?(_ bytes: UnsafeRawBufferPointer, bootID: String) {
        guard bytes.count <= Self.limitInBytes else { return nil }
        var lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.popLast() == "", let last = lines.popLast(), last == Self.checksum(lines),
            lines.count >= 3, lines[0] == Self.firstLine, lines[1] == bootID
        else { return nil }
        let words = lines[2].split(separator: " ")
        guard words.count == 4, let id = SessionID(hexadecimal: String(words[0])),
            let lease = UInt32(words[1]), let begin = UInt64(words[2]),
            let listed = UInt64(words[3])
        else { return nil }
        var objects: [ListedObject] = []
        for line in lines.dropFirst(3) {
            guard let object = Self.object(line) else { return nil }
            objects.append(object)
        }
        self.init(
            id: id, leaseInSeconds: lease, begin: begin, listed: listed, objects: objects)
    }

    /// The note as a file has it.
    func text(bootID: String) -> String {
        var lines = [Self.firstLine, bootID, "\(id) \(leaseInSeconds) \(begin) \(listed)"]
        for object in objects {
            let modified = object.modified.map { "\($0.seconds)" } ?? Self.none
            lines.append("\(object.key) \(object.sizeInBytes) \(modified)")
        }
        lines.append(Self.checksum(lines))
        return lines.joined(separator: "\n") + "\n"
    }

    private static func object(_ line: String) -> ListedObject? {
        let words = line.split(separator: " ")
        guard words.count == 3, let key = ObjectKey(listed: String(words[0])),
            let size = UInt64(words[1])
        else { return nil }
        if words[2] == none { return ListedObject(key: key, sizeInBytes: size) }
        return Int64(words[2]).map {
            ListedObject(key: key, sizeInBytes: size, modified: StoreTime(seconds: $0))
        }
    }

    private static func checksum(_ lines: [String]) -> String {
        Array(lines.joined(separator: "\n").utf8).withUnsafeBytes { SHA256.digest(of: $0) }
            .hexadecimal
    }

    // MARK: What a run adds

    /// Takes in what a run has seen and done.
    /// - Parameters:
    ///   - first: the names that the run has begun with.
    ///   - changes: what came of them.
    mutating func take(_ changes: ViewChanges, since first: [ListedObject]) {
        var objects = Dictionary(
            objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        if let listing = changes.listing {
            // What others of this machine have added meanwhile stays, what is gone goes.
            for object in first { objects[object.key] = nil }
            for object in listing { objects[object.key] = object }
            listed = max(listed, changes.listed)
        }
        for table in changes.published {
            let key = ObjectKey(ObjectNames.table(table.id))
            objects[key] = ListedObject(key: key, sizeInBytes: table.sizeInBytes)
        }
        for table in changes.merged { objects[ObjectKey(ObjectNames.table(table))] = nil }
        self.objects = objects.values.sorted { $0.key < $1.key }
    }
}

/// What a run has seen and done since it began.
struct ViewChanges {
    /// What its last LIST has shown; `nil` when it has sent none.
    var listing: [ListedObject]?
    /// When that was, on the machine's clock that goes on during sleep.
    var listed: UInt64 = 0
    /// The tables that it has written.
    var published: [ListedTable] = []
    /// The tables that those contain.
    var merged: [TableID] = []
}

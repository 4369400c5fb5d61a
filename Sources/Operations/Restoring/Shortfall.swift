// What the place that is restored to does not take: owners without the rights of root, attributes
// that its file system does not have, names that it does not tell apart. A hundred thousand files
// may lack the same, so entries are counted by what they lack.

import FileHandles
import SnapshotModel

/// Something that entries lack because the place did not take it.
package struct Shortfall: Hashable, Sendable {
    /// What is lacking.
    package enum Kind: Hashable, Sendable {
        /// The owner or the group.
        case owner
        /// The setuid or the setgid bit, which mean nothing good with another owner.
        case setID
        /// Permissions.
        case mode
        /// The time of the last change.
        case time
        /// All extended attributes.
        case attributes
        /// Extended attributes of a namespace, such as `user.`; of any other than the usual ones
        /// when it is empty.
        case namespace(String)
        /// An access control list.
        case accessControlList
        /// Flags.
        case flags
        /// The entry itself: a device.
        case device
        /// The entry itself: a socket.
        case socket
        /// The entry itself: a named pipe.
        case fifo
        /// The entry itself: a symbolic link.
        case symlink
        /// That a name is one more of a file: it is a copy.
        case hardLink
        /// The entry itself: its name differs from another only in case.
        case collision
        /// The entry itself: its name has signs, or a length, that the file system does not take.
        case name
        /// The entry itself: the file system takes no files of its size.
        case size
        /// What a newer version has recorded.
        case newerMetadata
    }

    /// What is lacking.
    package let kind: Kind
    /// Why, in the system's words or others.
    package let reason: String
    /// How many entries lack it for this reason.
    package var entries: UInt64 = 1
    /// The path of one of them.
    package let example: [UInt8]
}

extension Shortfall.Kind {
    /// Namespaces that are told apart: a hostile snapshot may have any number of others.
    private static let namespaces = ["user.", "trusted.", "security.", "system."]

    /// The kind for one extended attribute.
    static func attribute(_ name: [UInt8]) -> Self {
        if name.starts(with: Array("system.posix_acl_".utf8))
            || name == Array("system.nfs4_acl".utf8)
        {
            return .accessControlList
        }
        return .namespace(namespaces.first { name.starts(with: $0.utf8) } ?? "")
    }

    /// The kind for an entry that could not be made, where that is the place's fault.
    init?(_ error: SystemCallError) {
        if error.isNameRefused {
            self = .name
        } else if error.isTooLargeFile {
            self = .size
        } else {
            return nil
        }
    }

    /// Whether the entry is not there at all.
    var isMissing: Bool {
        switch self {
        case .device, .socket, .fifo, .symlink, .collision, .name, .size: true
        default: false
        }
    }
}

/// What one entry lacks.
struct EntryShortfalls {
    private(set) var reasons: [Shortfall.Kind: String] = [:]

    var isEmpty: Bool { reasons.isEmpty }

    /// Notes something; the first reason for it counts.
    mutating func add(_ kind: Shortfall.Kind, _ reason: String) {
        if reasons[kind] == nil { reasons[kind] = reason }
    }

    /// Notes something that the system refused.
    mutating func add(_ kind: Shortfall.Kind, _ error: SystemCallError) {
        // The system's words for too large speak of arguments of programs.
        add(kind, error.isTooLarge ? "too large" : error.reason)
    }
}

/// What all entries of a restore lack.
struct ShortfallTable: Sendable {
    private struct Key: Hashable {
        let kind: Shortfall.Kind
        let reason: String
    }

    private var shortfalls: [Key: Shortfall] = [:]

    /// Those of most entries first.
    var all: [Shortfall] {
        shortfalls.values.sorted { left, right in
            left.entries != right.entries
                ? left.entries > right.entries
                : left.example.lexicographicallyPrecedes(right.example)
        }
    }

    /// Counts one more entry.
    mutating func add(_ shortfall: Shortfall) {
        let key = Key(kind: shortfall.kind, reason: shortfall.reason)
        shortfalls[key]?.entries += 1
        if shortfalls[key] == nil { shortfalls[key] = shortfall }
    }
}

// What is to become of an entry that stands at the target where the snapshot has one, too: pure
// decisions, without any I/O.

import FileHandles
import FileTree
import SnapshotModel

/// When an entry at the target gives way to the snapshot's.
package enum OverwritePolicy: String, CaseIterable, Sendable {
    /// Whenever the content differs; size and time prove nothing.
    case always
    /// When size or time differ.
    case ifChanged = "if-changed"
    /// When the snapshot's entry is newer.
    case ifNewer = "if-newer"
    /// Never: only what is missing is restored.
    case never
}

/// What becomes of an entry that was changed at the target since it was restored or taken into a
/// snapshot last.
package enum ConflictPolicy: String, CaseIterable, Sendable {
    /// The target's stays, and the snapshot's is left out.
    case keep
    /// The snapshot's takes its place.
    case replace
    /// The target's gets another name.
    case both
}

/// What is removed that the snapshot does not have.
package enum DeletionPolicy: Hashable, Sendable {
    /// Nothing.
    case nothing
    /// What was restored or taken into a snapshot here, and has not changed since.
    case unchanged
    /// Everything.
    case everything
}

/// An entry at the target, with what is remembered of it.
struct LocalEntry {
    /// What the record of the folder says of an entry.
    enum Memory {
        /// Nothing, or nothing that proves what its content is.
        case none
        /// It was another one then: somebody has changed it since.
        case changed
        /// It had this kind and content then, and only its change time is another one: its mode
        /// was changed, or a name of it has come or gone, or somebody has hidden a change.
        case touched(EntryKind)
        /// It is as it was then, with this kind and content.
        case unchanged(EntryKind)

        var isUnchanged: Bool {
            if case .unchanged = self { true } else { false }
        }
    }

    let status: FileStatus
    let memory: Memory
    /// Where a symbolic link leads.
    var linkTarget: [UInt8] = []
    /// The extended attributes, if they are remembered.
    var attributes: [ExtendedAttribute]?
    /// The flags, if they are remembered.
    var flags: FileFlags?

    /// Whether there is nothing in it that could be lost.
    var isWithoutContent: Bool {
        switch status.kind {
        case .file: status.sizeInBytes == 0
        case .fifo, .socket, .characterDevice, .blockDevice: true
        case .directory, .symlink: false
        }
    }
}

/// How an entry at the target compares with the snapshot's, its metadata aside.
enum Likeness {
    case same
    /// The bytes have to be compared.
    case unsure
    case different
}

/// What to do about an entry that differs.
enum Verdict {
    case replace
    /// The policy wants the target's.
    case leave
    case conflict
}

/// Decides about entries that exist on both sides.
struct OverwriteRule {
    let policy: OverwritePolicy
    var owners = OwnerRule()

    /// Compares without reading files.
    func likeness(_ entry: Entry, _ local: LocalEntry) -> Likeness {
        switch (entry.kind, local.status.kind) {
        case (.file(let content), .file): likeness(entry, content, local)
        case (.symlink(let target), .symlink): target == local.linkTarget ? .same : .different
        case (.directory, .directory), (.fifo, .fifo), (.socket, .socket): .same
        case (.characterDevice(let number), .characterDevice),
            (.blockDevice(let number), .blockDevice):
            number
                == DeviceNumber(major: local.status.deviceMajor, minor: local.status.deviceMinor)
                ? .same : .different
        default: .different
        }
    }

    private func likeness(_ entry: Entry, _ content: Content, _ local: LocalEntry) -> Likeness {
        guard content.sizeInBytes == local.status.sizeInBytes else { return .different }
        if content == .empty { return .same }
        if policy == .always { return .unsure }
        switch local.memory {
        case .unchanged(let kind): return kind == entry.kind ? .same : .different
        // Somebody was at it, so equal times prove nothing.
        case .changed, .touched: return .unsure
        case .none:
            let isSameTime = Timestamp(local.status.modified) == entry.metadata.modified
            return isSameTime ? .same : .unsure
        }
    }

    /// Whether the metadata of an entry with the same content may be changed.
    func mayAdjust(_ entry: Entry, _ local: LocalEntry) -> Bool {
        switch policy {
        case .never: false
        case .ifNewer: Timestamp(local.status.modified) < entry.metadata.modified
        case .always, .ifChanged: true
        }
    }

    /// Decides about an entry that differs.
    /// - Parameter isExpendable: whether nothing is lost with what stands there.
    func verdict(_ entry: Entry, _ local: LocalEntry, isExpendable: Bool) -> Verdict {
        switch policy {
        case .never: return .leave
        case .ifNewer where Timestamp(local.status.modified) >= entry.metadata.modified:
            return .leave
        default: return isExpendable ? .replace : .conflict
        }
    }

    /// Whether mode, time or, where it can be set, the owner of an entry with the same content
    /// differ.
    func needsMetadata(_ entry: Entry, _ status: FileStatus) -> Bool {
        owners.needsMetadata(owners.local(entry.metadata), status)
    }
}

extension Timestamp {
    init(_ time: FileStatus.Time) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}

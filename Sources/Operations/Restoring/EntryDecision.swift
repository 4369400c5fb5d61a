import FileHandles
import FileTree
import SnapshotModel

/// What is to become of one entry of the snapshot, given what stands at its place.
enum EntryDecision {
    /// Nothing stands there.
    case make
    /// The same stands there already; only its metadata may have to be set.
    case keep(needsMetadata: Bool)
    /// The policy wants what stands there.
    case leave
    /// Something else stands there and gives way.
    /// - Parameter isConflict: whether it was changed here, so that somebody may miss it.
    case replace(isConflict: Bool)
}

/// Decides about entries, with all that was found out about the target before.
struct EntryDecider {
    let rule: OverwriteRule
    /// Files that were read because stamps proved nothing, and that have the snapshot's content,
    /// with what they looked like before they were read.
    var sameFiles: [[UInt8]: FileStatus] = [:]
    /// Files that nothing is remembered of, but all of whose chunks are in the repository, or that
    /// turned out to be as they are remembered; with what they looked like before they were read.
    var storedFiles: [[UInt8]: FileStatus] = [:]

    /// Decides.
    /// - Parameter path: within the target.
    func decide(_ entry: Entry, _ local: LocalEntry?, path: [UInt8]) -> EntryDecision {
        guard let local else { return .make }
        switch rule.likeness(entry, local) {
        case .same: return keep(entry, local)
        case .unsure where isSame(local, path): return keep(entry, local)
        case .unsure, .different:
            switch rule.verdict(entry, local, isExpendable: isExpendable(local, path)) {
            case .replace: return .replace(isConflict: false)
            case .leave: return .leave
            case .conflict: return .replace(isConflict: true)
            }
        }
    }

    /// Decides, with what else an entry has: its other names, and its extended attributes.
    /// - Parameter hasOtherAttributes: looks at the attributes, which costs a call of the system.
    func decide(
        _ entry: Entry, _ local: LocalEntry?, path: [UInt8], _ links: TargetLinks,
        hasOtherAttributes: () -> Bool
    ) -> EntryDecision {
        let decision = decide(entry, local, path: path)
        guard case .keep(let needsMetadata) = decision, let local, rule.mayAdjust(entry, local)
        else { return decision }
        // A file with other names than it should have gets a name of its own, or a link.
        guard links.agree(entry, local.status, path: path) else {
            return .replace(isConflict: false)
        }
        return .keep(needsMetadata: needsMetadata || hasOtherAttributes())
    }

    /// Whether a file was read, and is as it was then.
    func isSame(_ local: LocalEntry, _ path: [UInt8]) -> Bool {
        sameFiles[path]?.isSameFile(as: local.status) ?? false
    }

    private func keep(_ entry: Entry, _ local: LocalEntry) -> EntryDecision {
        .keep(
            needsMetadata: rule.needsMetadata(entry, local.status)
                && rule.mayAdjust(entry, local))
    }

    private func isExpendable(_ local: LocalEntry, _ path: [UInt8]) -> Bool {
        if local.isWithoutContent { return true }
        switch local.memory {
        case .unchanged: return true
        case .changed: return false
        case .none, .touched: return storedFiles[path]?.isSameFile(as: local.status) ?? false
        }
    }
}

package import SnapshotModel

/// An object beside the index tables by which writers tell one another what they rely on, and
/// pruners what they are about to delete (Specs/concurrency.md).
package enum ProtocolMarker: Hashable, Sendable {
    /// A session is open. It may be declared dead once the lease is over; 0 seconds: at any time.
    case session(SessionID, leaseInSeconds: UInt32)
    /// The session was closed by an owner that may not delete.
    case closed(SessionID)
    /// The session was declared dead.
    case dead(SessionID)
    /// Packs are condemned.
    case condemned(CondemnationID)
    /// The sessions that were open when the packs were condemned.
    case sealed(CondemnationID)
    /// The sessions that were open when no table named the packs any more.
    case swept(CondemnationID)

    /// The longest lease: a week. A session that nobody closes delays deletions no longer.
    package static let longestLeaseInSeconds: UInt32 = 7 * 24 * 60 * 60

    /// The marker that an object's name says; `nil` for tables and any other name.
    package init?(name: String) {
        guard name.hasPrefix(ObjectNames.indexes) else { return nil }
        let words = name.dropFirst(ObjectNames.indexes.count)
            .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 2, let marker = Self.make(words), marker.name == name else {
            return nil
        }
        self = marker
    }

    private static func make(_ words: [String]) -> ProtocolMarker? {
        let session = SessionID(hexadecimal: words[1])
        let condemnation = CondemnationID(hexadecimal: words[1])
        switch words[0] {
        case "session":
            guard words.count == 3, let lease = UInt32(words[2]), lease <= longestLeaseInSeconds
            else { return nil }
            return session.map { .session($0, leaseInSeconds: lease) }
        case "closed": return session.map { .closed($0) }
        case "dead": return session.map { .dead($0) }
        case "condemned": return condemnation.map { .condemned($0) }
        case "sealed": return condemnation.map { .sealed($0) }
        case "swept": return condemnation.map { .swept($0) }
        default: return nil
        }
    }

    /// The object's name.
    package var name: String {
        switch self {
        case .session(let id, let lease): ObjectNames.indexes + "session.\(id).\(lease)"
        case .closed(let id): ObjectNames.indexes + "closed.\(id)"
        case .dead(let id): ObjectNames.indexes + "dead.\(id)"
        case .condemned(let id): ObjectNames.indexes + "condemned.\(id)"
        case .sealed(let id): ObjectNames.indexes + "sealed.\(id)"
        case .swept(let id): ObjectNames.indexes + "swept.\(id)"
        }
    }
}

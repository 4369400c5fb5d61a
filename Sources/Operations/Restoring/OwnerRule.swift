// To whom restored entries belong. Numbers mean other people on other machines, so names count
// first, as they do for tar and rsync; and where the owner is not the recorded one, setuid and
// setgid would give away other rights than they did.

import FileHandles
import FileTree
import SnapshotModel

/// How owners are restored.
package enum OwnerPolicy: Hashable, Sendable {
    /// By the names that the snapshot has recorded, where this machine has them; else by number.
    case byName
    /// By number.
    case byNumber
    /// Not at all: who restores an entry has it.
    case none
}

/// Finds the users and groups of a machine by their names.
package struct AccountLookup: Sendable {
    /// The number of a user; `nil` when there is none of the name.
    package var user: @Sendable (_ name: String) -> UInt32?
    /// The number of a group; `nil` when there is none of the name.
    package var group: @Sendable (_ name: String) -> UInt32?

    /// Any two look-ups.
    package init(
        user: @escaping @Sendable (_ name: String) -> UInt32?,
        group: @escaping @Sendable (_ name: String) -> UInt32?
    ) {
        self.user = user
        self.group = group
    }

    /// Those of this machine.
    package static let ofThisMachine = Self(
        user: { Machine.userNumber($0) }, group: { Machine.groupNumber($0) })
}

/// Says to whom entries of one snapshot belong here.
struct OwnerRule: Sendable {
    /// The bits that give the rights of the owner or the group to whoever runs a file.
    static let setID: UInt16 = 0o6000
    private static let setUserID: UInt16 = 0o4000
    private static let setGroupID: UInt16 = 0o2000

    let policy: OwnerPolicy
    /// Numbers of the snapshot that mean another number here; mostly nothing.
    private let users: [UInt32: UInt32]
    private let groups: [UInt32: UInt32]

    /// A rule that knows no names.
    init(_ policy: OwnerPolicy = .byNumber) {
        self.policy = policy
        users = [:]
        groups = [:]
    }

    /// A rule for a snapshot.
    init(_ policy: OwnerPolicy, _ manifest: Manifest?, _ accounts: AccountLookup) {
        self.policy = policy
        let isByName = policy == .byName
        users = isByName ? Self.table(manifest?.users ?? [], accounts.user) : [:]
        groups = isByName ? Self.table(manifest?.groups ?? [], accounts.group) : [:]
    }

    private static func table(
        _ names: [AccountName], _ find: (String) -> UInt32?
    ) -> [UInt32: UInt32] {
        var table: [UInt32: UInt32] = [:]
        // The superuser is 0 everywhere, and nobody becomes that by a name.
        for account in names where account.number != 0 {
            guard let number = find(account.name), number != 0, number != account.number else {
                continue
            }
            table[account.number] = number
        }
        return table
    }

    /// The metadata of an entry with the numbers that its owners have here.
    func local(_ metadata: Metadata) -> Metadata {
        if users.isEmpty, groups.isEmpty { return metadata }
        return Metadata(
            mode: metadata.mode, userID: users[metadata.userID] ?? metadata.userID,
            groupID: groups[metadata.groupID] ?? metadata.groupID, modified: metadata.modified)
    }

    /// Whether the owner of a file that this process has made has to be set.
    ///
    /// New files belong to this process's user and group unless somebody else is wanted; where
    /// nobody has looked, a superuser sets the owner, because a setgid folder may have given
    /// another group.
    /// - Parameters:
    ///   - metadata: with numbers of this machine.
    ///   - made: as it was made; `nil` when that is not known.
    func needsOwner(_ metadata: Metadata, made: FileStatus? = nil) -> Bool {
        if policy == .none { return false }
        if let made { return made.userID != metadata.userID || made.groupID != metadata.groupID }
        return Machine.userID == 0 || metadata.userID != Machine.userID
            || metadata.groupID != Machine.groupID
    }

    /// Whether mode, time or, where it can be set, the owner differ.
    /// - Parameter metadata: with numbers of this machine.
    func needsMetadata(_ metadata: Metadata, _ status: FileStatus) -> Bool {
        let isLink = status.kind == .symlink
        let setsOwner = policy != .none && Machine.userID == 0
        // A file whose owner can be set is about to have the right one.
        let mode = setsOwner ? metadata.mode : mode(of: metadata, ownedAsIn: status)
        return Timestamp(status.modified) != metadata.modified
            || (!isLink && status.permissions != mode)
            || (setsOwner
                && (status.userID != metadata.userID || status.groupID != metadata.groupID))
    }

    /// The mode that a file may have: without setuid where it belongs to another user than it
    /// should, and without setgid where it belongs to another group.
    /// - Parameter metadata: with numbers of this machine.
    func mode(of metadata: Metadata, ownedAsIn status: FileStatus) -> UInt16 {
        var mode = metadata.mode
        if status.userID != metadata.userID { mode &= ~Self.setUserID }
        if status.groupID != metadata.groupID { mode &= ~Self.setGroupID }
        return mode
    }
}

import FileHandles
import SnapshotModel

/// The numbers of the users and groups that own something in a tree.
struct AccountNumbers: Sendable {
    private(set) var users: Set<UInt32> = []
    private(set) var groups: Set<UInt32> = []
    private var lastUser: UInt32?
    private var lastGroup: UInt32?

    mutating func insert(_ status: FileStatus) {
        // Neighbours mostly have one owner, so the sets are rarely asked.
        if status.userID != lastUser { users.insert(status.userID) }
        if status.groupID != lastGroup { groups.insert(status.groupID) }
        lastUser = status.userID
        lastGroup = status.groupID
    }

    /// The names of the numbers that have one, ascending by number.
    static func names(_ numbers: Set<UInt32>, _ name: (UInt32) -> String?) -> [AccountName] {
        numbers.sorted().compactMap { number in
            name(number).map { AccountName(number: number, name: $0) }
        }
    }
}

import Cryptography
import ObjectStore
package import RepositoryFormat
package import SnapshotModel

/// An index table with the memory that holds it.
package final class OpenTable: Sendable {
    /// The table's name; `nil` for a table that exists in memory only.
    package let id: TableID?
    /// The table.
    package let table: IndexTable
    /// The object's size in bytes.
    package var sizeInBytes: Int { bytes.count }

    private let bytes: ObjectBytes

    /// Says that the table is not looked at for a while (`ObjectBytes.releasePages`).
    package func releasePages() { bytes.releasePages() }

    /// Whether another table is of no use beside this one, for this one lists all of its packs; of
    /// two that list the same, the one with the smaller name stays.
    func replaces(_ other: OpenTable) -> Bool {
        guard let id, let otherID = other.id, id != otherID,
            (table.packCount, otherID) > (other.table.packCount, id)
        else { return false }
        return (0..<other.table.packCount).allSatisfy {
            table.packNumber(of: other.table.packID($0)) != nil
        }
    }

    /// Whether the store has only remembered that the table is what was written.
    var isRemembered: Bool { bytes.proof == .remembered }

    /// Whether the table is what was written; whoever makes another one of it, or finds something
    /// missing, had better see for himself. Hashes a table that was only remembered.
    func isIntact() -> Bool {
        guard isRemembered, let id else { return true }
        return SHA256.digest(of: bytes.bytes) == id.digest
    }

    init(id: TableID?, bytes: ObjectBytes) throws(FormatError) {
        self.id = id
        self.bytes = bytes
        table = try IndexTable(bytes.bytes, isKnown: bytes.proof == .remembered)
    }
}

/// An index table as a LIST shows it.
package struct ListedTable: Hashable, Sendable {
    /// The table.
    package let id: TableID
    /// The object's size.
    package let sizeInBytes: UInt64

    /// A table of a listing.
    package init(id: TableID, sizeInBytes: UInt64) {
        self.id = id
        self.sizeInBytes = sizeInBytes
    }
}

/// An index table that could not be used, with the reason.
package struct DamagedTable: Sendable {
    /// The table.
    package let id: TableID
    /// Which check failed.
    package let reason: String
}

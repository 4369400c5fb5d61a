package import FileHandles
package import SnapshotModel

extension FileStatus {
    /// What an entry records of this status beside the kind.
    package var metadata: Metadata {
        Metadata(
            mode: permissions, userID: userID, groupID: groupID,
            modified: Timestamp(seconds: modified.seconds, nanoseconds: modified.nanoseconds))
    }

    /// When the file was made, if that was asked for and is known.
    package var birthTime: Timestamp? {
        created.map { Timestamp(seconds: $0.seconds, nanoseconds: $0.nanoseconds) }
    }

    /// The number of a device file.
    package var deviceNumber: DeviceNumber {
        DeviceNumber(major: deviceMajor, minor: deviceMinor)
    }

    /// Whether two looks at a name have shown the same file, unchanged, for whoever changes other
    /// names of it: that moves the change time on.
    package func isSameFile(as other: FileStatus) -> Bool {
        if hasSameContentStamps(as: other) { return true }
        return max(linkCount, other.linkCount) > 1 && kind == other.kind
            && sizeInBytes == other.sizeInBytes && inode == other.inode
            && modified == other.modified
    }

    /// Whether nothing that a change of content must change differs between two looks at a file.
    package func hasSameContentStamps(as other: FileStatus) -> Bool {
        kind == other.kind && sizeInBytes == other.sizeInBytes && inode == other.inode
            && modified == other.modified && changed == other.changed
    }
}

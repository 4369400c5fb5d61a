/// What a file is, whatever its names are and wherever links lead.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// What `stat` tells of a file.
    package init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }
}

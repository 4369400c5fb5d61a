/// Which stamps must be as they were for a file to count as unchanged, besides its kind, size,
/// modification time, permissions and owner.
package struct StampRule: Hashable, Sendable {
    /// Whether another inode number proves nothing: some file systems make numbers up as they go.
    package var ignoresInode: Bool
    /// Whether another change time proves nothing: some file systems and programs alter it although
    /// nothing has changed.
    package var ignoresChangeTime: Bool

    /// A rule.
    package init(ignoresInode: Bool = false, ignoresChangeTime: Bool = false) {
        self.ignoresInode = ignoresInode
        self.ignoresChangeTime = ignoresChangeTime
    }

    /// All stamps count.
    package static let all = StampRule()
}

package import FileHandles
package import SnapshotModel

extension FileFlags {
    /// The bits that <linux/fs.h> has for each word of the format, in the same order.
    private static let systemBits: [UInt32] = [
        0x20, 0x4, 0x1_0000, 0x10, 0x4000, 0x80, 0x400, 0x80_0000, 0x40, 0x8000, 0x1, 0x8,
        0x2_0000, 0x2,
    ]

    /// All bits of which snapshots know.
    package static let allSystemBits: UInt32 = systemBits.reduce(0, |)

    /// Flags as the system has them; bits that say something of one disk only are dropped.
    package init(systemBits: UInt32) {
        var bits: UInt16 = 0
        for (position, bit) in Self.systemBits.enumerated() where systemBits & bit != 0 {
            bits |= 1 << position
        }
        self.init(rawValue: bits)
    }

    /// The flags as the system has them.
    package var systemBits: UInt32 {
        Self.systemBits.indices.reduce(0) { bits, position in
            rawValue & (1 << position) == 0 ? bits : bits | Self.systemBits[position]
        }
    }
}

extension FileHandle {
    /// The flags of the open file or directory; none where the file system has none, or does not
    /// tell.
    package func flags() -> FileFlags {
        do throws(SystemCallError) {
            return FileFlags(systemBits: try inodeFlags())
        } catch {
            // Drivers that know no flags answer with any error: whatever it is, there are none.
            return []
        }
    }
}

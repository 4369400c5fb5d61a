package import SnapshotModel

/// One thing in a tar stream: what its header says. The data come behind the header.
package struct TarMember: Hashable, Sendable {
    /// What a member is, with what only that kind has.
    package enum Kind: Hashable, Sendable {
        /// A regular file with so many bytes of data.
        case file(sizeInBytes: UInt64)
        /// A regular file of which only the stretches of the map are in the stream.
        case sparseFile(SparseMap)
        /// A directory.
        case directory
        /// A symbolic link; the target is any bytes but NUL.
        case symlink(target: [UInt8])
        /// Another name of a member that came before; the target is that member's path.
        case hardLink(target: [UInt8])
        /// A named pipe.
        case fifo
        /// A character device.
        case characterDevice(DeviceNumber)
        /// A block device.
        case blockDevice(DeviceNumber)
    }

    /// An extended attribute.
    package struct Attribute: Hashable, Sendable {
        /// The name, with its namespace: `user.comment`.
        package let name: [UInt8]
        /// Any bytes.
        package let value: [UInt8]

        /// An attribute.
        package init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// The path in the stream, any bytes but NUL; a directory's needs no slash at its end.
    package var path: [UInt8]
    /// What it is.
    package var kind: Kind
    /// Mode, owner, time.
    package var metadata: Metadata
    /// The owner's name; empty where it is not known.
    package var userName = ""
    /// The group's name; empty where it is not known.
    package var groupName = ""
    /// The extended attributes.
    package var attributes: [Attribute] = []

    /// A member without names of owners and without attributes.
    package init(path: [UInt8], kind: Kind, metadata: Metadata) {
        self.path = path
        self.kind = kind
        self.metadata = metadata
    }

    /// How many bytes of data come behind the header; `TarEncoder.padding` says what follows them.
    package var dataInBytes: UInt64 {
        switch kind {
        case .file(let size): size
        case .sparseFile(let map): map.dataInBytes
        default: 0
        }
    }
}

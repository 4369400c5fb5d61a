import SnapshotModel

/// What two entries of the same path, or of the same content, have to do with each other.
enum EntryComparison {
    /// What differs between them beside the content.
    ///
    /// The time of a folder does not count: whatever is added to it or removed sets it. Nor does
    /// which names are one file, for the first of them in the order of the tree stands for all.
    static func fields(_ old: Entry, _ new: Entry) -> [MetadataField] {
        var fields: [MetadataField] = []
        let (before, after) = (old.metadata, new.metadata)
        if before.mode != after.mode { fields.append(.mode) }
        if (before.userID, before.groupID) != (after.userID, after.groupID) {
            fields.append(.owner)
        }
        if before.modified != after.modified, !old.isDirectory { fields.append(.time) }
        if old.extendedAttributes != new.extendedAttributes { fields.append(.attributes) }
        if old.flags != new.flags { fields.append(.flags) }
        return fields
    }

    /// Whether both are files, or both folders, and so on.
    static func haveSameType(_ old: Entry, _ new: Entry) -> Bool {
        switch (old.kind, new.kind) {
        case (.file, .file), (.directory, .directory), (.symlink, .symlink), (.fifo, .fifo),
            (.socket, .socket), (.characterDevice, .characterDevice), (.blockDevice, .blockDevice):
            true
        default: false
        }
    }

    /// Whether two files of which one may not be known surely have the same bytes, or surely not.
    /// - Parameter trustsTimes: whether the same size and the same time mean the same bytes.
    /// - Returns: `nil` when only reading can tell.
    static func haveSameContent(_ old: Entry, _ new: Entry, trustsTimes: Bool) -> Bool? {
        guard let before = old.kind.content, let after = new.kind.content else {
            return old.kind == new.kind
        }
        if before.isKnown, after.isKnown { return before == after }
        if before.sizeInBytes != after.sizeInBytes { return false }
        let isOld = old.metadata.modified == new.metadata.modified
        return trustsTimes && isOld ? true : nil
    }
}

extension Entry {
    var isDirectory: Bool { if case .directory = kind { true } else { false } }
}

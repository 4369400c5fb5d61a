import ChunkStorage
import FileTree
import RepositoryFormat
import SnapshotModel
import StatCaching

extension AttributeReading {
    /// The attributes as an entry has them, with large values saved as chunks.
    /// - Parameter stream: its index must be open when `needsChunks` says so.
    func saved(to stream: ChunkStream) -> [ExtendedAttribute] {
        attributes(chunk: stream.save)
    }

    /// Whether saving may make chunks.
    var needsChunks: Bool { sizeInBytes > FormatLimits.inlineAttributeInBytes }

    /// Whether attributes and flags are these. `false` also when that cannot be told without
    /// saving.
    func isKnown(as attributes: [ExtendedAttribute], _ flags: FileFlags) -> Bool {
        flags == self.flags && values.count == attributes.count
            && zip(values, attributes).allSatisfy { value, attribute in
                value.name == attribute.name && .inline(value.bytes) == attribute.value
            }
    }
}

/// The extended attributes and flags of an entry that the scanner passes on.
enum ScannedAttributes: Sendable {
    /// As the stat cache has them: they are stored.
    case known([ExtendedAttribute], FileFlags)
    /// As they were read just now.
    case read(AttributeReading)

    /// Attributes of nothing.
    static let none = Self.known([], [])

    /// What waits in memory.
    var sizeInBytes: Int {
        if case .read(let reading) = self { reading.sizeInBytes } else { 0 }
    }

    /// Whether they are surely what a cached line has.
    func isKnown(as cached: StatCacheEntry) -> Bool {
        switch self {
        case .known(let known, let flags):
            known == cached.extendedAttributes && flags == cached.flags
        case .read(let reading): reading.isKnown(as: cached.extendedAttributes, cached.flags)
        }
    }

    /// The flags.
    var flags: FileFlags {
        switch self {
        case .known(_, let flags): flags
        case .read(let reading): reading.flags
        }
    }

    /// Whether nothing is missing.
    var isComplete: Bool {
        if case .read(let reading) = self { reading.problem == nil } else { true }
    }
}

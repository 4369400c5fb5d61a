import ChunkStorage
import FileTree
import RepositoryFormat
import SnapshotModel

extension AttributeReading.Limits {
    /// What the format takes.
    static let format = Self(
        count: FormatLimits.attributes, sizeInBytes: FormatLimits.attributesInBytes)
}

extension AttributeReading {
    /// The attributes as an entry has them: what is too large for it becomes a chunk, one for each
    /// value, for values are replaced as a whole.
    ///
    /// - Parameter stream: its index must be open when `needsChunks` says so.
    func saved(to stream: ChunkStream) -> [ExtendedAttribute] {
        var sizes = AttributeSizes()
        return values.map { value in
            var saved = ExtendedAttribute.Value.inline(value.bytes)
            if !sizes.takesInline(value.bytes.count) {
                let chunk = value.bytes.withUnsafeBytes(stream.save)
                saved = .content(
                    Content(sizeInBytes: UInt64(value.bytes.count), levels: 0, chunks: [chunk]))
            }
            let isWithinLimits = sizes.add(saved)
            precondition(isWithinLimits, "no more is read than the format takes")
            return ExtendedAttribute(name: value.name, value: saved)
        }
    }

    /// Whether saving may make chunks.
    var needsChunks: Bool { sizeInBytes > FormatLimits.inlineAttributeInBytes }

    /// Whether the attributes are these. `false` also when that cannot be told without saving.
    func isKnown(as attributes: [ExtendedAttribute]) -> Bool {
        values.count == attributes.count
            && zip(values, attributes).allSatisfy { value, attribute in
                value.name == attribute.name && .inline(value.bytes) == attribute.value
            }
    }
}

/// The extended attributes of an entry that the scanner passes on.
enum ScannedAttributes: Sendable {
    /// As the stat cache has them: they are stored.
    case known([ExtendedAttribute])
    /// As they were read just now.
    case read(AttributeReading)

    /// Attributes of nothing.
    static let none = Self.known([])

    /// What waits in memory.
    var sizeInBytes: Int {
        if case .read(let reading) = self { reading.sizeInBytes } else { 0 }
    }

    /// Whether they are surely what a cached line has.
    func isKnown(as attributes: [ExtendedAttribute]) -> Bool {
        switch self {
        case .known(let known): known == attributes
        case .read(let reading): reading.isKnown(as: attributes)
        }
    }

    /// Whether nothing is missing.
    var isComplete: Bool {
        if case .read(let reading) = self { reading.problem == nil } else { true }
    }
}

import RepositoryFormat
package import SnapshotModel

extension AttributeReading.Limits {
    /// What the format takes.
    package static let format = Self(
        count: FormatLimits.attributes, sizeInBytes: FormatLimits.attributesInBytes)
}

extension AttributeReading {
    /// The attributes as an entry has them, read within the limits of the format: what is too large
    /// for it is one chunk, for values are replaced as a whole.
    /// - Parameter chunk: gives a value its name, and saves it where that is wanted.
    package func attributes(
        chunk: (UnsafeRawBufferPointer) -> ChunkID
    ) -> [ExtendedAttribute] {
        var sizes = AttributeSizes()
        return values.map { value in
            var taken = ExtendedAttribute.Value.inline(value.bytes)
            if !sizes.takesInline(value.bytes.count) {
                let chunk = value.bytes.withUnsafeBytes(chunk)
                taken = .content(
                    Content(sizeInBytes: UInt64(value.bytes.count), levels: 0, chunks: [chunk]))
            }
            let isWithinLimits = sizes.add(taken)
            precondition(isWithinLimits, "no more is read than the format takes")
            return ExtendedAttribute(name: value.name, value: taken)
        }
    }
}

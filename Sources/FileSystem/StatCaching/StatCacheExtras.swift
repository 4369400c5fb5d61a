import SnapshotModel

/// What most entries of the stat cache do not have, as bytes: nothing at all, or
///
///     0 length of the path of the first hard link (4) | 4 the path
///
/// and then for each extended attribute
///
///     0 name length (2) | 2 whether the value is content | 4 value length (4) | 8 name, value
enum StatCacheExtras {
    private static let attributeLength = 8

    static func encode(_ hardLink: TreePath?, _ attributes: [ExtendedAttribute]) -> [UInt8] {
        if hardLink == nil, attributes.isEmpty { return [] }
        var bytes: [UInt8] = []
        let path = hardLink?.bytes ?? []
        StatCacheEntry.append(UInt32(path.count), to: &bytes)
        bytes += path
        for attribute in attributes {
            let (isContent, value) =
                switch attribute.value {
                case .inline(let value): (false, value)
                case .content(let content): (true, StatCacheContent.encode(content))
                }
            StatCacheEntry.append(UInt16(attribute.name.count), to: &bytes)
            StatCacheEntry.append(UInt16(isContent ? 1 : 0), to: &bytes)
            StatCacheEntry.append(UInt32(value.count), to: &bytes)
            bytes += attribute.name + value
        }
        return bytes
    }

    static func hardLink(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        if bytes.isEmpty { return nil }
        let length = Int(bytes.loadUnaligned(as: UInt32.self))
        return length == 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[4..<4 + length])
    }

    static func attributes(_ bytes: UnsafeRawBufferPointer) -> [ExtendedAttribute] {
        if bytes.isEmpty { return [] }
        var attributes: [ExtendedAttribute] = []
        var position = 4 + (hardLink(bytes)?.count ?? 0)
        while position < bytes.count {
            let nameLength = Int(
                bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
            let valueLength = Int(
                bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
            let name = position + attributeLength
            let value = name + nameLength
            let valueBytes = UnsafeRawBufferPointer(rebasing: bytes[value..<value + valueLength])
            attributes.append(
                ExtendedAttribute(
                    name: Array(bytes[name..<value]),
                    value: bytes[position + 2] == 1
                        ? .content(StatCacheContent.decode(valueBytes))
                        : .inline(Array(valueBytes))))
            position = value + valueLength
        }
        return attributes
    }
}

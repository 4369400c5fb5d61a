/// Which stretches of a file hold data; what lies between them are holes, which read as zeros.
package struct SparseMap: Hashable, Sendable {
    /// A stretch of data.
    package struct Stretch: Hashable, Sendable {
        /// Bytes from the start of the file.
        package let offset: UInt64
        /// How many bytes.
        package let length: UInt64

        /// A stretch.
        package init(offset: UInt64, length: UInt64) {
            self.offset = offset
            self.length = length
        }

        /// The first byte behind it.
        package var end: UInt64 { offset + length }
    }

    /// Ascending by offset; none touches the next, and none is empty. All but the last are whole
    /// records long: GNU tar begins each with a record, other readers do not.
    package private(set) var stretches: [Stretch] = []
    /// The file's size, holes included.
    package private(set) var sizeInBytes: UInt64 = 0

    /// A file of no bytes.
    package init() {}

    /// Appends data to the file.
    package mutating func append(data length: UInt64) {
        if length == 0 { return }
        if let last = stretches.last, last.end == sizeInBytes {
            stretches[stretches.count - 1] = Stretch(
                offset: last.offset, length: last.length + length)
        } else {
            stretches.append(Stretch(offset: sizeInBytes, length: length))
        }
        sizeInBytes += length
    }

    /// Appends a hole to the file, whose first bytes count as data where the stretch before it is
    /// no whole number of records.
    /// - Returns: how many zeros of the hole are data: less than a record.
    @discardableResult
    package mutating func append(hole length: UInt64) -> UInt64 {
        var zeros: UInt64 = 0
        if let last = stretches.last, last.end == sizeInBytes {
            zeros = min(length, UInt64(TarEncoder.padding(behind: last.length).count))
            append(data: zeros)
        }
        sizeInBytes += length - zeros
        return zeros
    }

    /// How many bytes are data.
    package var dataInBytes: UInt64 { stretches.reduce(0) { $0 + $1.length } }

    /// Whether there is a hole.
    package var hasHoles: Bool { dataInBytes < sizeInBytes }

    /// The map as it stands in front of the data: GNU tar's sparse format 1.0, decimal numbers of a
    /// line each, filled up with NUL to whole records.
    var encoded: [UInt8] {
        var listed = stretches
        // A hole at the end is told by an empty stretch behind it.
        if (listed.last?.end ?? 0) < sizeInBytes {
            listed.append(Stretch(offset: sizeInBytes, length: 0))
        }
        var text = "\(listed.count)\n"
        for stretch in listed { text += "\(stretch.offset)\n\(stretch.length)\n" }
        let bytes = Array(text.utf8)
        return bytes + TarEncoder.padding(behind: UInt64(bytes.count))
    }
}

import TarFormat

/// Finds the holes of a file: long runs of zeros. Chunks come in order, with their lengths.
struct HoleFinder {
    /// Shorter runs are written: the map of the holes would take as much, and fewer programs could
    /// read the file.
    private static let leastHoleInBytes: UInt64 = 64 * 1024
    /// The most stretches of data; later holes are written as zeros. Bounds memory to 1 MiB.
    private static let stretchLimit = 64 * 1024

    private var map = SparseMap()
    private var zeros: UInt64 = 0

    /// Appends a chunk.
    mutating func append(length: UInt32, isZero: Bool) {
        if isZero {
            zeros += UInt64(length)
        } else {
            endRun()
            map.append(data: UInt64(length))
        }
    }

    /// The bytes so far.
    var sizeInBytes: UInt64 { map.sizeInBytes + zeros }

    /// The map of the whole file.
    mutating func finish() -> SparseMap {
        endRun()
        return map
    }

    private mutating func endRun() {
        if zeros >= Self.leastHoleInBytes, map.stretches.count < Self.stretchLimit {
            map.append(hole: zeros)
        } else {
            map.append(data: zeros)
        }
        zeros = 0
    }
}

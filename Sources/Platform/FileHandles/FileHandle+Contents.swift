#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// The bytes of a small file, such as one of settings, which may change at any time.
    /// - Returns: `nil` when it is longer than the limit.
    package static func contents(
        path: [UInt8], limitInBytes: Int
    ) throws(SystemCallError) -> [UInt8]? {
        let file = try open(path: path, flags: O_RDONLY)
        // One byte more shows that the limit is passed. Most such files are short.
        var space = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(limitInBytes + 1, 4096), alignment: 1)
        defer { space.deallocate() }
        var count = try file.read(into: space, at: 0)
        if count == space.count, count <= limitInBytes {
            space.deallocate()
            space = .allocate(byteCount: limitInBytes + 1, alignment: 1)
            count = try file.read(into: space, at: 0)
        }
        return count > limitInBytes ? nil : Array(space[..<count])
    }
}

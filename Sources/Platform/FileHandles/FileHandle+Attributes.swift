// Extended attributes, by descriptor and, for what cannot be opened, by the name in an open
// directory. Linux has no calls that take a directory and a name, so those go through /proc, which
// leads to the directory that is open, whatever its path means by now.

#if canImport(Glibc)
internal import CLinux
import Glibc
#else
import Darwin
#endif

extension FileHandle {
    /// The names of the open file's attributes, in the order of the file system.
    ///
    /// - Returns: none where the file system has no attributes.
    /// - Complexity: one call for a file without attributes.
    package func attributeNames() throws(SystemCallError) -> [[UInt8]] {
        try Self.names(path) { list, size in
            #if canImport(Glibc)
            varve_flistxattr(descriptor, list, UInt(size))
            #else
            flistxattr(descriptor, list, size, 0)
            #endif
        }
    }

    /// The value of an attribute of the open file.
    /// - Throws: `SystemCallError` with `isNoAttribute` when it does not have it (any more),
    ///   with `isTooLarge` when it has more bytes than the limit.
    package func attribute(
        _ name: [UInt8], limitInBytes: Int
    ) throws(SystemCallError) -> [UInt8] {
        try Self.value(path, limitInBytes) { value, size in
            name.withCString { name in
                #if canImport(Glibc)
                varve_fgetxattr(descriptor, name, value, UInt(size))
                #else
                fgetxattr(descriptor, name, value, size, 0, 0)
                #endif
            }
        }
    }

    /// Gives the open file an attribute, or another value for one that it has.
    package func setAttribute(_ name: [UInt8], _ value: [UInt8]) throws(SystemCallError) {
        let result = name.withCString { name in
            #if canImport(Glibc)
            varve_fsetxattr(descriptor, name, value, UInt(value.count))
            #else
            fsetxattr(descriptor, name, value, value.count, 0, 0)
            #endif
        }
        guard result == 0 else { throw .last("setxattr", path) }
    }

    /// Takes an attribute of the open file away.
    /// - Throws: `SystemCallError` with `isNoAttribute` when it does not have it.
    package func removeAttribute(_ name: [UInt8]) throws(SystemCallError) {
        let result = name.withCString { name in
            #if canImport(Glibc)
            varve_fremovexattr(descriptor, name)
            #else
            fremovexattr(descriptor, name, 0)
            #endif
        }
        guard result == 0 else { throw .last("removexattr", path) }
    }
}

extension FileHandle {
    /// The names of the attributes of an entry of this directory, which need not be readable; links
    /// are not followed.
    /// - Returns: none where the file system has no attributes.
    package func attributeNames(of entry: [UInt8]) throws(SystemCallError) -> [[UInt8]] {
        try withPath(to: entry) { path throws(SystemCallError) in
            try Self.names(self.path.appending(component: entry)) { list, size in
                #if canImport(Glibc)
                varve_llistxattr(path, list, UInt(size))
                #else
                listxattr(path, list, size, XATTR_NOFOLLOW)
                #endif
            }
        }
    }

    /// The value of an attribute of an entry of this directory; links are not followed.
    /// - Throws: `SystemCallError` with `isNoAttribute` when it does not have it (any more),
    ///   with `isTooLarge` when it has more bytes than the limit.
    package func attribute(
        _ name: [UInt8], of entry: [UInt8], limitInBytes: Int
    ) throws(SystemCallError) -> [UInt8] {
        try withPath(to: entry) { path throws(SystemCallError) in
            try Self.value(self.path.appending(component: entry), limitInBytes) { value, size in
                name.withCString { name in
                    #if canImport(Glibc)
                    varve_lgetxattr(path, name, value, UInt(size))
                    #else
                    getxattr(path, name, value, size, 0, XATTR_NOFOLLOW)
                    #endif
                }
            }
        }
    }

    /// Gives an entry of this directory an attribute, or another value for one that it has; links
    /// are not followed.
    package func setAttribute(
        _ name: [UInt8], of entry: [UInt8], _ value: [UInt8]
    ) throws(SystemCallError) {
        try withPath(to: entry) { path throws(SystemCallError) in
            let result = name.withCString { name in
                #if canImport(Glibc)
                varve_lsetxattr(path, name, value, UInt(value.count))
                #else
                setxattr(path, name, value, value.count, 0, XATTR_NOFOLLOW)
                #endif
            }
            guard result == 0 else {
                throw .last("setxattr", self.path.appending(component: entry))
            }
        }
    }

    /// Takes an attribute of an entry of this directory away; links are not followed.
    /// - Throws: `SystemCallError` with `isNoAttribute` when it does not have it.
    package func removeAttribute(
        _ name: [UInt8], of entry: [UInt8]
    ) throws(SystemCallError) {
        try withPath(to: entry) { path throws(SystemCallError) in
            let result = name.withCString { name in
                #if canImport(Glibc)
                varve_lremovexattr(path, name)
                #else
                removexattr(path, name, XATTR_NOFOLLOW)
                #endif
            }
            guard result == 0 else {
                throw .last("removexattr", self.path.appending(component: entry))
            }
        }
    }

    #if canImport(Glibc)
    private static let descriptorFolder = "/proc/self/fd"

    /// Without it nothing is told apart from entries that have gone, so it is asked for once.
    private static let hasDescriptorFolder = access(descriptorFolder, F_OK) == 0
    #endif

    /// Calls `body` with a path that leads to an entry of this directory.
    private func withPath<Result>(
        to entry: [UInt8], _ body: (UnsafePointer<CChar>) throws(SystemCallError) -> Result
    ) throws(SystemCallError) -> Result {
        #if canImport(Glibc)
        guard Self.hasDescriptorFolder else {
            let folder = Array(Self.descriptorFolder.utf8)
            throw SystemCallError(number: ENODEV, call: "open", path: folder)
        }
        let directory = Array("\(Self.descriptorFolder)/\(descriptor)".utf8)
        #else
        let directory = path
        #endif
        // A typed error does not pass through withCString, which rethrows any.
        var outcome: Swift.Result<Result, SystemCallError>?
        directory.appending(component: entry).withCString { path in
            outcome = Swift.Result { () throws(SystemCallError) in try body(path) }
        }
        guard let outcome else { preconditionFailure("withCString runs its body") }
        return try outcome.get()
    }
}

extension FileHandle {
    /// Most files have no attributes, or one label: such lists need no memory of their own.
    private static let smallListInBytes = 512
    /// Most values are access control lists and labels.
    private static let smallValueInBytes = 1024

    /// - Parameter list: fills a buffer and returns the number of bytes, or, without a buffer, how
    ///   many it needs.
    private static func names(
        _ path: [UInt8], _ list: (UnsafeMutablePointer<CChar>?, Int) -> Int
    ) throws(SystemCallError) -> [[UInt8]] {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try read("listxattr", path, Self.smallListInBytes, limitInBytes: .max, list)
        } catch {
            if error.isUnsupported { return [] }
            throw error
        }
        return bytes.split(separator: 0).map(Array.init)
    }

    private static func value(
        _ path: [UInt8], _ limitInBytes: Int, _ get: (UnsafeMutablePointer<CChar>?, Int) -> Int
    ) throws(SystemCallError) -> [UInt8] {
        try read("getxattr", path, Self.smallValueInBytes, limitInBytes: limitInBytes, get)
    }

    /// Calls `get` with buffers until one is large enough: what it gives may grow between two
    /// calls.
    private static func read(
        _ call: String, _ path: [UInt8], _ sizeInBytes: Int, limitInBytes: Int,
        _ get: (UnsafeMutablePointer<CChar>?, Int) -> Int
    ) throws(SystemCallError) -> [UInt8] {
        var capacity = sizeInBytes
        while true {
            var bytes: [UInt8] = []
            let count = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { space in
                let count = get(space.baseAddress, capacity)
                // macOS cuts off where Linux says that the buffer is too small.
                if count > 0 { bytes = Array(UnsafeRawBufferPointer(space)[..<count]) }
                return count
            }
            if count >= 0 {
                guard count <= limitInBytes else {
                    throw SystemCallError(number: E2BIG, call: call, path: path)
                }
                return bytes
            }
            guard errno == ERANGE else { throw .last(call, path) }
            let needed = get(nil, 0)
            guard needed >= 0 else { throw .last(call, path) }
            guard needed <= limitInBytes else {
                throw SystemCallError(number: E2BIG, call: call, path: path)
            }
            capacity = max(needed, capacity) + 1
        }
    }
}

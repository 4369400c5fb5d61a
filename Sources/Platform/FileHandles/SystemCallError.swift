#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A system call that failed.
package struct SystemCallError: Error, Equatable, CustomStringConvertible {
    /// The value of `errno`.
    package let number: CInt
    /// The call: "open", "rename", ...
    package let call: String
    /// The path that it was about, as bytes; empty when there is none.
    package let path: [UInt8]

    /// A failure with a given error number.
    package init(number: CInt, call: String, path: [UInt8]) {
        self.number = number
        self.call = call
        self.path = path
    }

    /// The failure that `errno` tells, to be made at once after the call.
    static func last(_ call: String, _ path: [UInt8]) -> Self {
        Self(number: errno, call: call, path: path)
    }

    /// Whether the path, or a folder on the way to it, does not exist.
    package var isNoEntry: Bool { number == ENOENT || number == ENOTDIR }

    /// Whether something has the name already, or a directory has entries.
    package var isTaken: Bool { number == EEXIST || number == ENOTEMPTY }

    /// Whether the disk is full, or the user's share of it.
    package var isNoSpace: Bool { number == ENOSPC || number == EDQUOT }

    /// Whether the file system, or the kind of file, has no such thing.
    package var isUnsupported: Bool {
        number == ENOTSUP || number == EOPNOTSUPP || number == ENOSYS
    }

    /// Whether this user may not do it.
    package var isNotPermitted: Bool { number == EPERM || number == EACCES }

    /// Whether the file does not have the extended attribute.
    package var isNoAttribute: Bool {
        #if canImport(Glibc)
        number == ENODATA
        #else
        number == ENOATTR
        #endif
    }

    /// Whether something has more bytes than were asked for, or than the system takes.
    package var isTooLarge: Bool { number == E2BIG || number == ERANGE }

    /// Whether the file system takes no such name: too long, or with signs that it does not have.
    package var isNameRefused: Bool {
        number == ENAMETOOLONG || number == EILSEQ
            || (number == EINVAL && Self.naming.contains(call))
    }

    /// Calls whose only argument that can be wrong is the name.
    private static let naming: Set<String> = ["open", "mkdir", "symlink", "rename"]

    /// Whether a file would become larger than the file system takes.
    package var isTooLargeFile: Bool { number == EFBIG }

    /// Whether a hard link leads to another file system, or the file has as many as it can have.
    package var isNoLinkPossible: Bool { number == EXDEV || number == EMLINK }

    /// The system's words for the error number, for example "No space left on device".
    package var reason: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            // The buffer is not empty, so it has an address.
            strerror_r(number, text.baseAddress!, text.count)
            return String(cString: text.baseAddress!)
        }
    }

    package var description: String {
        let subject = path.isEmpty ? "" : " " + String(decoding: path, as: UTF8.self)
        return "\(call)\(subject): \(reason)"
    }

    package static func == (left: Self, right: Self) -> Bool { left.number == right.number }
}

extension [UInt8] {
    /// Runs a body with the bytes as a C string; they must not contain NUL.
    package func withCString<Result>(
        _ body: (UnsafePointer<CChar>) throws -> Result
    ) rethrows
        -> Result
    {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { text in
            for (index, byte) in enumerated() { text[index] = CChar(bitPattern: byte) }
            text[count] = 0
            // One element at least, so there is an address.
            return try body(UnsafePointer(text.baseAddress!))
        }
    }

    /// This path with a component behind it.
    package func appending(component: [UInt8]) -> [UInt8] {
        if isEmpty { return component }
        var path: [UInt8] = []
        path.reserveCapacity(count + 1 + component.count)
        path.append(contentsOf: self)
        if last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        path.append(contentsOf: component)
        return path
    }
}

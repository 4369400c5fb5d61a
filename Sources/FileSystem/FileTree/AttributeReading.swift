package import FileHandles
package import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The extended attributes and flags of a file as they were read, with the values in memory.
package struct AttributeReading: Sendable {
    /// An attribute with its bytes.
    package struct Value: Equatable, Sendable {
        /// The whole name.
        package let name: [UInt8]
        /// The bytes.
        package let bytes: [UInt8]
    }

    /// How much is read of one file.
    package struct Limits: Sendable {
        /// So many attributes; the first by name are taken.
        package let count: Int
        /// So many bytes of all values together.
        package let sizeInBytes: Int

        /// Limits.
        package init(count: Int, sizeInBytes: Int) {
            self.count = count
            self.sizeInBytes = sizeInBytes
        }
    }

    /// What was read, by strictly ascending name.
    package private(set) var values: [Value] = []
    /// Why some are missing, for people: one sentence for each failure.
    package private(set) var problems: [String] = []
    /// Why some are missing, in one sentence; `nil` when none is.
    package var problem: String? {
        guard let first = problems.first else { return nil }
        return problems.count == 1 ? first : "\(first), and \(problems.count - 1) more"
    }
    /// The bytes of all names and values.
    package private(set) var sizeInBytes = 0

    /// The flags, if the file was opened.
    package private(set) var flags: FileFlags = []

    /// No attributes.
    package static let none = Self()

    private init() {}

    /// Reads attributes and flags of an open file or directory: two calls when it has none.
    package init(of file: FileHandle, _ limits: Limits) {
        flags = file.flags()
        read(
            limits, names: { () throws(SystemCallError) in try file.attributeNames() },
            value: { name, limit throws(SystemCallError) in
                try file.attribute(name, limitInBytes: limit)
            })
    }

    /// Reads the attributes of an entry of a directory. Files and directories are opened for their
    /// flags, if this user may; all else is not. Links are not followed.
    package init(
        of entry: [UInt8], _ kind: FileStatus.Kind, in directory: FileHandle, _ limits: Limits
    ) {
        if kind == .file || kind == .directory, let file = Self.open(entry, in: directory) {
            self.init(of: file, limits)
        } else {
            self.init(of: entry, in: directory, limits)
        }
    }

    private static func open(_ entry: [UInt8], in directory: FileHandle) -> FileHandle? {
        do throws(SystemCallError) {
            // O_NONBLOCK: a pipe that has taken the file's place must not block the open.
            return try directory.open(name: entry, flags: O_RDONLY | O_NONBLOCK)
        } catch {
            // Whoever may not read it gets what is to be had without.
            return nil
        }
    }

    /// Reads the attributes of an entry of a directory without opening it; links are not followed.
    package init(of entry: [UInt8], in directory: FileHandle, _ limits: Limits) {
        read(
            limits,
            names: { () throws(SystemCallError) in try directory.attributeNames(of: entry) },
            value: { name, limit throws(SystemCallError) in
                try directory.attribute(name, of: entry, limitInBytes: limit)
            })
    }

    private mutating func read(
        _ limits: Limits, names list: () throws(SystemCallError) -> [[UInt8]],
        value: (_ name: [UInt8], _ limitInBytes: Int) throws(SystemCallError) -> [UInt8]
    ) {
        var names: [FileName]
        do throws(SystemCallError) {
            // The order of the file system is not the order of entries; a name that it gives twice
            // is one attribute.
            names = Set(try list().map(FileName.init)).sorted()
        } catch {
            // Who is gone has no attributes: whoever asked finds that out by himself.
            if !error.isNoEntry { problems.append("extended attributes: \(error.reason)") }
            return
        }
        if names.count > limits.count {
            problems.append("has more than \(limits.count) extended attributes")
            names.removeSubrange(limits.count...)
        }
        var left = limits.sizeInBytes
        for name in names where ExtendedAttribute.isValid(name: name.bytes) {
            do throws(SystemCallError) {
                let bytes = try value(name.bytes, left)
                left -= bytes.count
                sizeInBytes += name.bytes.count + bytes.count
                values.append(Value(name: name.bytes, bytes: bytes))
            } catch {
                // It went away meanwhile, or the file system lists what it does not have.
                if error.isNoAttribute || error.isNoEntry || error.isUnsupported { continue }
                // The system's words for too large speak of arguments of programs.
                let reason = error.isTooLarge ? "is too large" : error.reason
                problems.append("extended attribute \(name.display): \(reason)")
            }
        }
    }
}

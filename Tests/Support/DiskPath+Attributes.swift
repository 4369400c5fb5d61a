import FileHandles

/// Whether files of the temporary folders take extended attributes of users.
package let hasUserAttributes: Bool = [false, true].allSatisfy { isInMemory in
    guard let directory = try? TemporaryDirectory(isInMemory: isInMemory) else { return false }
    let file = DiskPath(directory.appending("probe"))
    return (try? file.write([])) != nil && (try? file.setAttribute("user.probe", [1])) != nil
}

/// Whether files in memory take attributes of more than a block of a disk.
package let hasLargeAttributes: Bool = {
    guard let directory = try? TemporaryDirectory(isInMemory: true) else { return false }
    let file = DiskPath(directory.appending("probe"))
    let value = [UInt8](repeating: 1, count: 60_000)
    return (try? file.write([])) != nil && (try? file.setAttribute("user.probe", value)) != nil
}()

/// Whether this process may give attributes to links, pipes and all else: root may, mostly.
package let hasTrustedAttributes: Bool = {
    guard let directory = try? TemporaryDirectory() else { return false }
    let link = DiskPath(directory.appending("probe"))
    return (try? link.makeLink(to: [0x61])) != nil
        && (try? link.setAttribute("trusted.probe", [1])) != nil
}()

extension DiskPath {
    /// Gives this an extended attribute.
    package func setAttribute(_ attribute: String, _ value: [UInt8]) throws {
        try setAttribute(bytes: Array(attribute.utf8), value)
    }

    /// Gives this an extended attribute whose name need not be text.
    package func setAttribute(bytes attribute: [UInt8], _ value: [UInt8]) throws {
        try FileHandle.openDirectory(path: parent.bytes)
            .setAttribute(attribute, of: name, value)
    }

    /// Takes an extended attribute away.
    package func removeAttribute(_ attribute: String) throws {
        try FileHandle.openDirectory(path: parent.bytes)
            .removeAttribute(Array(attribute.utf8), of: name)
    }

    /// All extended attributes; names are not exact where they are not UTF-8.
    package func attributes() throws -> [String: [UInt8]] {
        let folder = try FileHandle.openDirectory(path: parent.bytes)
        var attributes: [String: [UInt8]] = [:]
        for attribute in try folder.attributeNames(of: name) {
            attributes[String(decoding: attribute, as: UTF8.self)] = try folder.attribute(
                attribute, of: name, limitInBytes: 1024 * 1024)
        }
        return attributes
    }

    /// Makes this one more name of a file.
    package func makeHardLink(to other: DiskPath) throws {
        let folder = try FileHandle.openDirectory(path: other.parent.bytes)
        let target = try FileHandle.openDirectory(path: parent.bytes)
        try folder.makeLink(of: other.name, named: name, in: target)
    }
}

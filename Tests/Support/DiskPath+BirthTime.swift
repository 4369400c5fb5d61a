package import FileHandles

/// Whether files of the temporary folders tell when they were made.
package let hasBirthTimes: Bool = [false, true].allSatisfy { isInMemory in
    guard let directory = try? TemporaryDirectory(isInMemory: isInMemory) else { return false }
    let file = DiskPath(directory.appending("probe"))
    return (try? file.write([])) != nil && (try? file.birthTime()) ?? nil != nil
}

extension DiskPath {
    /// When this was made; `nil` where the file system does not tell.
    package func birthTime() throws -> FileStatus.Time? {
        try FileStatus.of(path: bytes, followsLinks: false, .withBirthTime).created
    }
}

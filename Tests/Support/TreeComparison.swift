package import FileHandles
import SnapshotModel

/// Compares two trees on the disk: types, contents, modes, owners, times, targets, devices,
/// extended attributes, flags, and which names are one file.
/// - Returns: what differs, with paths; empty when nothing does.
package func compareTrees(_ left: DiskPath, _ right: DiskPath) throws -> [String] {
    var differences: [String] = []
    try compare(left, right, "", &differences)
    let groups = try (linkGroups(left), linkGroups(right))
    for group in groups.0.symmetricDifference(groups.1).map({ $0.sorted() }) {
        let paths = group.map { DisplayText.escape($0.utf8) }
        differences.append("hard links on one side only: \(paths)")
    }
    return differences
}

/// The sets of paths that are names of one file.
private func linkGroups(_ root: DiskPath) throws -> Set<Set<String>> {
    var groups: [UInt64: Set<String>] = [:]
    func walk(_ path: DiskPath, _ name: String) throws {
        let status = try path.status()
        if status.kind == .directory {
            for entry in try path.names() {
                try walk(path.appending(entry), "\(name)/\(DisplayText.escape(entry))")
            }
        } else if status.linkCount > 1 {
            groups[status.inode, default: []].insert(name)
        }
    }
    try walk(root, "")
    return Set(groups.values.filter { $0.count > 1 })
}

/// What differs between two statuses of which one should be a copy of the other.
package func differences(_ left: FileStatus, _ right: FileStatus) -> [String] {
    var result: [String] = []
    func require(_ isEqual: Bool, _ what: @autoclosure () -> String) {
        if !isEqual { result.append(what()) }
    }
    require(left.kind == right.kind, "kind: \(left.kind), \(right.kind)")
    require(
        left.permissions == right.permissions,
        "mode: \(String(left.permissions, radix: 8)), \(String(right.permissions, radix: 8))")
    require(left.modified == right.modified, "time: \(left.modified), \(right.modified)")
    require(
        left.userID == right.userID && left.groupID == right.groupID,
        "owner: \(left.userID):\(left.groupID), \(right.userID):\(right.groupID)")
    require(
        left.deviceMajor == right.deviceMajor && left.deviceMinor == right.deviceMinor, "device")
    if left.kind == .file, right.kind == .file {
        require(
            left.sizeInBytes == right.sizeInBytes,
            "size: \(left.sizeInBytes), \(right.sizeInBytes)")
    }
    return result
}

private func compare(
    _ left: DiskPath, _ right: DiskPath, _ path: String, _ result: inout [String]
) throws {
    let (leftStatus, rightStatus) = (try left.status(), try right.status())
    result += differences(leftStatus, rightStatus).map { "\(path): \($0)" }
    guard leftStatus.kind == rightStatus.kind else { return }
    // The root of a test has no parent that could be opened in its place.
    if !path.isEmpty, try left.attributes() != right.attributes() {
        result.append("\(path): extended attributes")
    }
    if try left.flags() != right.flags() { result.append("\(path): flags") }
    switch leftStatus.kind {
    case .file:
        if try left.read() != right.read() { result.append("\(path): content") }
    case .symlink:
        if try left.linkTarget() != right.linkTarget() { result.append("\(path): target") }
    case .directory: try compareEntries(left, right, path, &result)
    case .fifo, .socket, .characterDevice, .blockDevice: break
    }
}

private func compareEntries(
    _ left: DiskPath, _ right: DiskPath, _ path: String, _ result: inout [String]
) throws {
    let (leftNames, rightNames) = (try left.names(), try right.names())
    func display(_ name: [UInt8]) -> String { "\(path)/\(DisplayText.escape(name))" }
    let both = Set(leftNames).intersection(rightNames)
    for name in leftNames where !both.contains(name) {
        result.append("\(display(name)): left only")
    }
    for name in rightNames where !both.contains(name) {
        result.append("\(display(name)): right only")
    }
    for name in leftNames where both.contains(name) {
        try compare(left.appending(name), right.appending(name), display(name), &result)
    }
}

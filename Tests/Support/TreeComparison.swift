package import FileHandles
import SnapshotModel

/// Compares two trees on the disk: types, contents, modes, owners, times, targets, devices.
/// - Returns: what differs, with paths; empty when nothing does.
package func compareTrees(_ left: DiskPath, _ right: DiskPath) throws -> [String] {
    var differences: [String] = []
    try compare(left, right, "", &differences)
    return differences
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

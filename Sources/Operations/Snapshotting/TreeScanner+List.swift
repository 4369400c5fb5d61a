import FileHandles
import FileTree
import SnapshotModel
import StatCaching

extension TreeScanner {
    /// Walks over what is listed of a directory, and asks for those names instead of reading it.
    func scan(
        _ listed: ListedPaths, of directory: FileHandle, _ scanned: ScannedDirectory,
        _ cursor: inout StatCacheCursor?, _ batch: inout OpenBatch
    ) throws {
        for group in listed {
            do {
                let status = try directory.status(of: group.name, detail)
                let isOut = group.name.withUnsafeBytes { isExcluded($0, status, in: directory) }
                if isOut { continue }
                if status.kind != .directory {
                    reportBelow(group, directory, .notDirectory)
                    if !group.isListed { continue }
                }
                try visit(
                    group.name, status, directory, in: scanned,
                    group.isListed ? nil : group.below, nil, &cursor, &batch)
            } catch let error as SystemCallError {
                // No directory has shown these names, so what is missing is worth a word.
                let path = directory.path.appending(component: group.name)
                if group.isListed { reportUnreadable(path, error) }
                reportBelow(group, directory, error)
            }
        }
    }

    private func reportBelow(
        _ group: ListedPaths.Group, _ directory: FileHandle, _ error: SystemCallError
    ) {
        let path = directory.path.appending(component: group.name)
        group.below.forEachPath { reportUnreadable(path.appending(component: $0), error) }
    }
}

extension SystemCallError {
    /// The failure of going into what is no directory.
    fileprivate static let notDirectory = Self(number: notADirectory, call: "open", path: [])
}

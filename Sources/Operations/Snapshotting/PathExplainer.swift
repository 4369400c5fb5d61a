// Says why a path would be in a snapshot, or not. It goes down from the source to the path, and
// asks of each step what the scanner asks, in the same words: EntrySelector.

import FileHandles
import FileTree
package import Selection
import SnapshotModel

/// Why a path is in or out.
package enum PathVerdict: Hashable, Sendable {
    /// It would be taken, under this path in the snapshot; a pattern may have kept it. The root
    /// itself has an empty path.
    case taken(as: [UInt8], keptBy: PatternMatch?)
    /// It, or a folder above it, would be left out.
    case leftOut(at: [UInt8], ExclusionReason)
    /// A symbolic link stands above it: links are taken, and not followed.
    case behindLink(at: [UInt8])
    /// It does not exist, or a folder above it does not.
    case missing(at: [UInt8])
    /// It, or a folder above it, cannot be looked at.
    case unreadable(at: [UInt8], reason: String)
    /// It is not below any of the sources.
    case outside
}

/// Explains what becomes of paths, without reading or writing anything else.
package struct PathExplainer {
    private let scan: SourceScan
    private let report: @Sendable (SnapshotEvent) -> Void

    /// - Parameter report: called with notices, on the calling thread.
    /// - Throws: `SnapshotError`.
    package init(
        _ settings: SnapshotSettings, report: @escaping @Sendable (SnapshotEvent) -> Void
    ) throws {
        scan = try SourceScan(settings)
        self.report = report
    }

    /// Explains a path.
    /// - Parameter path: absolute.
    /// - Returns: for each source that the path is below what becomes of it there; one at least.
    package func explain(_ path: [UInt8]) -> [PathVerdict] {
        let verdicts = scan.sources.compactMap { source -> PathVerdict? in
            // A source may be named by a link, and the path by what that leads to.
            let real = source.folder.path.appending(component: source.openName)
            let rest =
                Self.components(of: path, below: source.path)
                ?? Self.components(of: path, below: AbsolutePath.make(real, in: []))
            return rest.map { walk(source, $0[...]) }
        }
        return verdicts.isEmpty ? [.outside] : verdicts
    }

    /// - Returns: `nil` when the path is not below the folder.
    private static func components(of path: [UInt8], below folder: [UInt8]) -> [[UInt8]]? {
        func split(_ path: [UInt8]) -> [[UInt8]] {
            path.split(separator: UInt8(ascii: "/")).map(Array.init)
        }
        let (parts, start) = (split(path), split(folder))
        return parts.starts(with: start) ? Array(parts.dropFirst(start.count)) : nil
    }

    private func walk(_ source: SnapshotSource, _ path: ArraySlice<[UInt8]>) -> PathVerdict {
        let selector = scan.makeSelector(report)
        selector.begin(source.status)
        let start = scan.isRooted ? [] : source.name
        guard !path.isEmpty else { return .taken(as: start, keptBy: nil) }
        guard source.status.kind == .directory else { return .missing(at: source.path) }
        var place = source.path
        do {
            var directory = try source.folder.openDirectory(name: source.openName)
            var status = source.status
            var name = start
            for (number, component) in path.enumerated() {
                let names = try selector.names(of: directory, status)
                if selector.isForeign(status) { return .leftOut(at: place, .otherFileSystem) }
                selector.enter(directory, named: name, names)
                place = place.appending(component: component)
                status = try directory.status(of: component)
                let verdict = component.withUnsafeBytes { selector.verdict(on: $0, status) }
                if case .leftOut(let reason) = verdict { return .leftOut(at: place, reason) }
                if number == path.count - 1, case .taken(let match) = verdict {
                    return .taken(
                        as: path.reduce(start) { $0.appending(component: $1) }, keptBy: match)
                }
                if status.kind == .symlink { return .behindLink(at: place) }
                guard status.kind == .directory else {
                    return .missing(
                        at: place.appending(component: path[path.startIndex + number + 1]))
                }
                directory = try directory.openDirectory(name: component)
                name = component
            }
        } catch {
            return error.isNoEntry
                ? .missing(at: place) : .unreadable(at: place, reason: error.reason)
        }
        preconditionFailure("the last component has a verdict")
    }
}

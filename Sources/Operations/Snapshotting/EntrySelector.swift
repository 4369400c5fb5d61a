// Says for each entry that the scanner meets whether it is taken. The scanner passes over what is
// left out as over names that are not there, so that the stat cache cannot bring it back: a cached
// line that no name answers for is gone.

import FileHandles
import FileTree
package import Selection
import SnapshotModel
import StatCaching

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Why an entry is left out.
package enum ExclusionReason: Hashable, Sendable {
    /// A pattern says so.
    case pattern(PatternMatch)
    /// The file is larger than this.
    case larger(thanBytes: UInt64)
    /// Its folder has a file of this name.
    case marked(by: [UInt8])
    /// Its folder lies on another file system than the source.
    case otherFileSystem
    /// It is the repository, or the cache folder.
    case ownFiles
}

/// What becomes of an entry.
enum SelectionVerdict {
    /// It is taken; a pattern may have kept it.
    case taken(PatternMatch?)
    /// It is left out.
    case leftOut(ExclusionReason)
}

/// Follows the scanner; for its thread.
final class EntrySelector {
    private let selection: SnapshotSelection
    /// Folders that no snapshot takes.
    private let own: Set<FileIdentity>
    /// Whether the selection leaves nothing out.
    let isIdle: Bool
    private let report: @Sendable (SnapshotEvent) -> Void
    private let git: GitRules
    private var walk: SelectionWalk
    /// The number of the source's file system.
    private var device: UInt64 = 0
    private var folders: [Folder] = []
    /// Of all rules that count so far.
    private(set) var digest: SelectionDigest

    /// A folder on the way.
    private struct Folder {
        /// Whether it belongs to git, which has no rules for what it keeps.
        let isOfGit: Bool
        /// The only name that is taken, where there is a mark.
        let only: [UInt8]?
        /// Of all rules that count there.
        let digest: SelectionDigest
    }

    init(
        _ selection: SnapshotSelection, own: Set<FileIdentity>,
        _ report: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.selection = selection
        self.own = own
        isIdle = selection.isEmpty
        self.report = report
        git = GitRules(report: report)
        walk = SelectionWalk(options: selection.patterns)
        digest = selection.digest
    }

    /// Begins with a source.
    func begin(_ status: FileStatus) {
        if isIdle { return }
        device = status.device
        folders = []
        walk = SelectionWalk(options: selection.patterns)
        digest = selection.digest
    }

    /// The names in a directory: of another file system the folder is taken at which it is mounted,
    /// and no more.
    func names(
        of directory: FileHandle, _ status: FileStatus
    ) throws(SystemCallError) -> SortedNames {
        isForeign(status) ? SortedNames() : try SortedNames(of: directory)
    }

    /// Goes into a directory, the source first.
    func enter(_ directory: FileHandle, named name: [UInt8], _ names: SortedNames) {
        if isIdle { return }
        let isSource = folders.isEmpty
        let isOfGit = folders.last?.isOfGit == true || !isSource && name == GitRules.git
        let isWorkTree = selection.usesGitignore && names.contains(GitRules.git)
        if isSource {
            if selection.usesGitignore, !isWorkTree { addRules(above: directory.path) }
            walk.beginOptions()
        } else {
            walk.enter(name)
        }
        if isOfGit || isWorkTree {
            walk.shut()
            digest = digest.adding([GitRules.git])
        }
        if selection.usesGitignore, !isOfGit {
            if isWorkTree { add(git.rulesOutside(of: directory.path), directory.path) }
            if names.contains(GitRules.gitignore) {
                add(git.rules(in: directory.path), directory.path)
            }
        }
        // A source was named, so that its own mark does not count.
        let mark = isSource ? nil : selection.marks.first { isMarked(directory, names, by: $0) }
        // No path is empty, so that this is never taken for other rules.
        if let mark { digest = digest.adding([[], mark.name]) }
        folders.append(Folder(isOfGit: isOfGit, only: mark?.name, digest: digest))
    }

    /// Goes back to the parent.
    func leave() {
        if isIdle { return }
        folders.removeLast()
        if let parent = folders.last {
            walk.leave()
            digest = parent.digest
        }
    }

    /// Why an entry of the directory is left out; `nil` when it is taken.
    func exclusion(
        of name: UnsafeRawBufferPointer, _ status: FileStatus
    ) -> ExclusionReason? {
        guard case .leftOut(let reason) = verdict(on: name, status) else { return nil }
        return reason
    }

    /// What becomes of an entry of the directory, and why.
    func verdict(
        on name: UnsafeRawBufferPointer, _ status: FileStatus
    ) -> SelectionVerdict {
        let isDirectory = status.kind == .directory
        var match: PatternMatch?
        if !isIdle {
            if let only = folders.last?.only {
                return name.elementsEqual(only) ? .taken(nil) : .leftOut(.marked(by: only))
            }
            match = walk.match(name, isDirectory: isDirectory)
            if let match, match.isExcluded { return .leftOut(.pattern(match)) }
            if let limit = selection.largestInBytes, status.kind == .file,
                status.sizeInBytes > limit
            {
                return .leftOut(.larger(thanBytes: limit))
            }
        }
        if isDirectory, own.contains(FileIdentity(status)) { return .leftOut(.ownFiles) }
        return .taken(match)
    }

    /// Whether a directory lies on another file system, so that it is taken without its entries.
    ///
    /// Only directories are asked: where file systems are laid over each other, files may have the
    /// number of another one.
    func isForeign(_ status: FileStatus) -> Bool {
        selection.staysOnFileSystem && status.device != device
    }

    /// The file system that the scan does not leave; `nil` when it goes anywhere.
    var onlyDevice: UInt64? { selection.staysOnFileSystem ? device : nil }

    private func isMarked(
        _ directory: FileHandle, _ names: SortedNames, by mark: FolderMark
    ) -> Bool {
        guard names.contains(mark.name) else { return false }
        if mark.signature.isEmpty { return true }
        guard let start = read(mark.name, in: directory, count: mark.signature.count) else {
            return false
        }
        return start == mark.signature
    }

    /// Adds the rules of the folders above a source that is within a work tree.
    private func addRules(above source: [UInt8]) {
        let folders = git.foldersAbove(source)
        for (number, folder) in folders.enumerated() {
            if number == 0 {
                add(git.rulesOutside(of: folder), folder)
            } else {
                walk.enter(AbsolutePath.lastComponent(folder))
            }
            add(git.rules(in: folder), folder)
        }
        if !folders.isEmpty { walk.enter(AbsolutePath.lastComponent(source)) }
    }

    /// Adds rules that begin at a folder.
    private func add(_ list: PatternList?, _ folder: [UInt8]) {
        guard let list else { return }
        walk.add(list)
        // Equal rules mean something else where they begin elsewhere.
        digest = digest.adding([folder] + list.patterns.map(\.text))
    }

    /// The first bytes of a regular file.
    /// - Returns: `nil` when it cannot be read, which is told.
    private func read(_ name: [UInt8], in directory: FileHandle, count: Int) -> [UInt8]? {
        do {
            let file = try directory.open(name: name, flags: O_RDONLY | O_NONBLOCK)
            guard try file.status().kind == .file else { return nil }
            let space = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
            defer { space.deallocate() }
            return Array(space[..<(try file.read(into: space, at: 0))])
        } catch {
            let path = directory.path.appending(component: name)
            if !error.isNoEntry {
                report(.notice(path: path, reason: "not asked what to leave out: \(error.reason)"))
            }
            return nil
        }
    }
}

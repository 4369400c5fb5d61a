import FileHandles
import FileTree
import Selection

/// The files in which git's rules for ignoring are, of one work tree.
struct GitRules {
    /// The name that makes a folder a work tree.
    static let git = Array(".git".utf8)
    /// The name of the files with rules.
    static let gitignore = Array(".gitignore".utf8)

    /// More than any such file has.
    private static let mostBytes = 16 * 1024 * 1024
    private static let slash = UInt8(ascii: "/")

    let report: @Sendable (SnapshotEvent) -> Void

    /// The folders from the top of the work tree that has a folder down to its parent.
    /// - Returns: absolute paths, the top first; none when no folder above it is a work tree.
    func foldersAbove(_ path: [UInt8]) -> [[UInt8]] {
        var folders: [[UInt8]] = []
        var components = path.split(separator: Self.slash)
        while components.popLast() != nil {
            let folder = [Self.slash] + Array(components.joined(separator: [Self.slash]))
            folders.insert(folder, at: 0)
            do {
                _ = try FileStatus.of(
                    path: folder.appending(component: Self.git), followsLinks: true)
                return folders
            } catch {
                if error.isNoEntry { continue }
                tell(error, folder.appending(component: Self.git))
            }
        }
        return []
    }

    /// The rules that lie in a folder itself.
    func rules(in folder: [UInt8]) -> PatternList? {
        let path = folder.appending(component: Self.gitignore)
        do {
            // Git follows no link to such a file, and takes nothing else for one.
            let status = try FileStatus.of(path: path, followsLinks: false)
            guard status.kind == .file else { return nil }
        } catch {
            tell(error, path)
            return nil
        }
        return list(path)
    }

    /// The rules of a work tree that are not part of it.
    func rulesOutside(of workTree: [UInt8]) -> PatternList? {
        let git = workTree.appending(component: Self.git)
        var folder = git
        do {
            if try FileStatus.of(path: git, followsLinks: true).kind == .file {
                guard let own = read(git).flatMap(Self.folderNamed) else { return nil }
                folder = AbsolutePath.make(own, in: workTree)
                // Further work trees of a repository have their rules where it has all others.
                let common = folder.appending(component: Array("commondir".utf8))
                if let name = read(common) {
                    folder = AbsolutePath.make(Self.line(name[...]), in: folder)
                }
            }
        } catch {
            tell(error, git)
            return nil
        }
        return list(
            folder.appending(component: Array("info".utf8))
                .appending(component: Array("exclude".utf8)))
    }

    /// The folder that a file in the place of `.git` names.
    private static func folderNamed(by text: [UInt8]) -> [UInt8]? {
        let prefix = Array("gitdir: ".utf8)
        return text.starts(with: prefix) ? line(text[prefix.count...]) : nil
    }

    private static func line(_ text: ArraySlice<UInt8>) -> [UInt8] {
        Array(text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }

    private func list(_ path: [UInt8]) -> PatternList? {
        read(path).map { PatternList(gitignore: $0, path: path) }
    }

    private func read(_ path: [UInt8]) -> [UInt8]? {
        do {
            return try FileHandle.contents(path: path, limitInBytes: Self.mostBytes)
        } catch {
            tell(error, path)
            return nil
        }
    }

    private func tell(_ error: SystemCallError, _ path: [UInt8]) {
        if error.isNoEntry { return }
        report(.notice(path: path, reason: "not asked what git ignores: \(error.reason)"))
    }
}

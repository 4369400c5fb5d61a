import FileHandles
import Selection
import SnapshotModel
import Snapshotting
import TestSupport

extension SnapshotSelection {
    /// What options of the command line would give.
    init(excluding patterns: String..., gitignore: Bool = false) throws {
        self.init()
        let list = try patterns.enumerated().map { number, text in
            try SelectionPattern(Array(text.utf8), line: number + 1)
        }
        self.patterns = [PatternList(list, origin: .options)]
        usesGitignore = gitignore
    }
}

extension DiskPath {
    /// The paths of all that is below, folders with a slash behind them, in order.
    func everything(_ prefix: String = "") throws -> [String] {
        try names().flatMap { name -> [String] in
            let path = appending(name)
            let text = prefix + String(decoding: name, as: UTF8.self)
            guard try path.status().kind == .directory else { return [text] }
            return ["\(text)/"] + (try path.everything("\(text)/"))
        }
    }

    /// Makes files, and the folders that they need; a slash at the end makes a folder alone.
    func fill(_ paths: String...) throws {
        for path in paths {
            var folder = self
            var names = path.split(separator: "/").map(String.init)
            let file = path.hasSuffix("/") ? nil : names.popLast()
            for name in names {
                folder = folder.appending(name)
                if !folder.exists { try folder.makeDirectory() }
            }
            if let file { try folder.appending(file).write(Array(path.utf8)) }
        }
    }
}

extension Sandbox {
    /// Takes the source with a selection, and lists what a restore gives back.
    func taken(
        _ selection: SnapshotSelection, change: (inout SnapshotSettings) -> Void = { _ in }
    ) throws -> [String] {
        let run = try snapshot {
            $0.selection = selection
            change(&$0)
        }
        return try restore(run.report.id).target.everything()
    }

    /// Whether a snapshot with a selection has what one has that knows of none before it.
    func takesAsAlone(_ selection: SnapshotSelection) throws -> Bool {
        let empty = freshPath("empty-cache")
        let caches = [cache.bytes, empty.bytes]
        let roots = try caches.map { cache in
            let run = try snapshot {
                $0.selection = selection
                $0.cacheDirectory = cache
            }
            return try manifest(run.report.id).root
        }
        return roots[0] == roots[1]
    }
}

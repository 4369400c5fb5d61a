import FileHandles
import RepositoryAccess
import Selection
import SnapshotModel
import Snapshotting
import TestSupport
import WorkerThreads

/// What a preview has told.
struct PreviewRun {
    let preview: SnapshotPreview
    let entries: [PreviewedEntry]
    let unreadable: [[UInt8]]

    /// The paths of entries, of all or of some changes.
    func paths(_ changes: PreviewedEntry.Change...) -> [String] {
        entries.filter { changes.isEmpty || changes.contains($0.change) }
            .map { DiskPath($0.path).text }
    }
}

extension Sandbox {
    /// Looks what a snapshot would take.
    func preview(
        isKnown: Bool = true, change: (inout SnapshotSettings) -> Void = { _ in }
    ) throws -> PreviewRun {
        let settings = settings(change)
        var entries: [PreviewedEntry] = []
        let problems = EventList()
        let previewer = SnapshotPreviewer(
            repository: isKnown ? try open().description.id : nil, settings: settings,
            cancellation: Cancellation(), report: problems.add)
        let preview = try previewer.run { entries.append($0) }
        return PreviewRun(
            preview: preview, entries: entries,
            unreadable: problems.all.compactMap {
                if case .unreadable(let path) = $0 { path.path } else { nil }
            })
    }

    /// Explains what becomes of a path.
    func explain(
        _ path: DiskPath, change: (inout SnapshotSettings) -> Void = { _ in }
    ) throws -> [PathVerdict] {
        try PathExplainer(settings(change)) { _ in }.explain(path.bytes)
    }

    private func settings(_ change: (inout SnapshotSettings) -> Void) -> SnapshotSettings {
        var settings = SnapshotSettings(
            sources: [source.bytes], host: "host", user: "user", cacheDirectory: cache.bytes,
            workerCount: 2, tool: "varve test")
        change(&settings)
        return settings
    }

    /// The paths of all entries of a snapshot, in order.
    func paths(_ id: SnapshotID) throws -> [String] {
        let reader = try treeReader()
        var paths: [String] = []
        func walk(_ listing: Content, _ folder: [UInt8]) throws {
            try reader.forEachEntry(of: listing, path: folder) { entry in
                let path = folder + (folder.isEmpty ? [] : [0x2F]) + entry.name.bytes
                paths.append(DiskPath(path).text)
                if case .directory(let inner) = entry.kind { try walk(inner, path) }
            }
        }
        try walk(manifest(id).root.content, [])
        return paths
    }
}

extension DiskPath {
    /// The paths of all that is below, in order, from here on.
    func pathsBelow(_ prefix: [UInt8] = []) throws -> [[UInt8]] {
        try names().sorted { $0.lexicographicallyPrecedes($1) }.flatMap { name -> [[UInt8]] in
            let path = prefix + (prefix.isEmpty ? [] : [0x2F]) + name
            guard try appending(name).status().kind == .directory else { return [path] }
            return [path] + (try appending(name).pathsBelow(path))
        }
    }
}

extension SeededGenerator {
    /// A selection that leaves out some of the given paths, and keeps some of what it would.
    mutating func selection(of paths: [[UInt8]]) throws -> SnapshotSelection {
        var selection = SnapshotSelection()
        var patterns: [SelectionPattern] = []
        for _ in 0..<number(in: 0...5) where !paths.isEmpty {
            let path = pick(paths)
            let name = Array(path.split(separator: 0x2F).last ?? [])
            // What means something in a pattern is meant to stand for itself here.
            let escape = { (text: [UInt8]) in text.flatMap { [UInt8(ascii: "\\"), $0] } }
            let text =
                switch number(in: 0...3) {
                case 0: escape(name)
                case 1: escape(Array(name.prefix(1))) + Array("*".utf8)
                case 2:
                    Array("/".utf8)
                        + path.split(separator: 0x2F).map { escape(Array($0)) }
                        .joined(separator: [0x2F])
                default: Array("**/*".utf8) + escape(Array(name.suffix(1)))
                }
            let sign = oneIn(3) ? Array("!".utf8) : []
            patterns.append(try SelectionPattern(sign + text, line: patterns.count + 1))
        }
        selection.patterns = [PatternList(patterns, origin: .options)]
        if oneIn(2) { selection.largestInBytes = UInt64(number(in: 0...20_000)) }
        if oneIn(3), !paths.isEmpty {
            let name = Array(pick(paths).split(separator: 0x2F).last ?? [])
            selection.marks = [FolderMark(name: name)]
        }
        selection.usesGitignore = oneIn(3)
        selection.staysOnFileSystem = oneIn(3)
        return selection
    }
}

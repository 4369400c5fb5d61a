// Finds the local files that may have wanted chunks, and cuts those of which nothing is remembered.

import ChunkStorage
import FileCutting
import FileHandles
import FileTree
import SnapshotModel
import StatCaching
import WorkerThreads

/// Finds local sources, on the calling thread.
struct SourceFinder {
    /// Files with unknown content that are looked at in folders that the snapshot does not have: a
    /// folder beside the restored ones may hold anything, and a lot of it.
    private static let mostUnknownFiles = 256 * 1024

    let comparer: TreeComparer
    let context: RestoreContext
    let cutters: FileCutters
    /// The target; `nil` when there is none yet.
    let target: FileHandle?

    /// What was found.
    struct Found {
        var sources = LocalSources.none
        /// Files that give way although nothing is remembered of them, for the repository has
        /// every chunk of them; with what they looked like before they were read.
        var storedFiles: [[UInt8]: FileStatus] = [:]
    }

    /// Finds everything that a restore can use.
    /// - Parameter root: the listing that the target is to become equal to.
    func find(_ survey: TargetSurvey, root: Content?) throws -> Found {
        let scanner = LocalScanner(
            cutters, comparer.loader.shared.index, context.settings.cancellation)
        var candidates: [LocalScanner.Candidate] = []
        if let target {
            for file in survey.replacedFiles { add(file, in: target, scanner, &candidates) }
            if survey.wantsContent {
                try addExtras(survey, in: target, scanner, &candidates)
                if context.settings.reading.copiesUnchanged, let root {
                    try addUnchanged(root, survey, in: target, scanner)
                }
            }
        }
        if survey.wantsContent { try addSeeds(&candidates) }
        return try scanner.scan(
            candidates, loader: comparer.loader, threadCount: context.settings.workerCount)
    }

    private func add(
        _ file: TargetSurvey.LocalFile, in root: FileHandle, _ scanner: LocalScanner,
        _ candidates: inout [LocalScanner.Candidate]
    ) {
        let source = LocalSource(root: root, path: file.path)
        if case .unchanged(.file(let content)) = file.memory {
            scanner.add(source, content)
            return
        }
        var asks = false
        if case .none = file.memory { asks = true }
        candidates.append(
            LocalScanner.Candidate(
                source: source, sizeInBytes: file.sizeInBytes, asksIfStored: asks))
    }

    /// Files that the snapshot does not have may have been renamed.
    private func addExtras(
        _ survey: TargetSurvey, in root: FileHandle, _ scanner: LocalScanner,
        _ candidates: inout [LocalScanner.Candidate]
    ) throws {
        var unknown: [TargetSurvey.LocalFile] = []
        func note(_ file: TargetSurvey.LocalFile) {
            if file.memory.isUnchanged {
                add(file, in: root, scanner, &candidates)
            } else if unknown.count < Self.mostUnknownFiles {
                unknown.append(file)
            }
        }
        survey.extraFiles.forEach(note)
        for folder in survey.extraFolders {
            try forEachFile(below: folder, in: root, isRemembered: true, note)
        }
        if unknown.isEmpty { return }
        // Reading files costs time, so of those nobody knows anything about only the ones with
        // the size of a wanted file are.
        var sizes = survey.wantedSizes
        for listing in survey.missingFolders { try addSizes(of: listing, to: &sizes) }
        for file in unknown where sizes.contains(file.sizeInBytes) {
            candidates.append(
                LocalScanner.Candidate(
                    source: LocalSource(root: root, path: file.path),
                    sizeInBytes: file.sizeInBytes))
        }
    }

    private func addSizes(of listing: Content, to sizes: inout Set<UInt64>) throws {
        do {
            try comparer.forEachEntry(of: listing) { entry in
                switch entry.kind {
                case .file(let content): sizes.insert(content.sizeInBytes)
                case .directory(let inner): try addSizes(of: inner, to: &sizes)
                default: break
                }
            }
        } catch is RepositoryError {
            // Whoever restores the folder tells what is wrong with its listing.
            return
        }
    }

    /// Files that are as they should be have chunks that other files may want.
    private func addUnchanged(
        _ listing: Content, _ survey: TargetSurvey, path: [UInt8] = [], in root: FileHandle,
        _ scanner: LocalScanner
    ) throws {
        let decider = EntryDecider(
            rule: OverwriteRule(policy: context.settings.overwrite), sameFiles: survey.sameFiles)
        let isChanged = survey.isChanged(path)
        do {
            let existing = isChanged ? try root.openDirectory(below: path) : nil
            let folder = ComparedDirectory(path: path, listing: listing, existing: existing)
            try comparer.compare(folder) { entry, local in
                if scanner.isFull { return }
                let path = path.appending(component: entry.name.bytes)
                switch entry.kind {
                case .file(let content):
                    if isChanged {
                        guard case .keep = decider.decide(entry, local, path: path) else { return }
                    }
                    scanner.add(LocalSource(root: root, path: path), content)
                case .directory(let inner):
                    if isChanged, local?.status.kind != .directory { return }
                    try addUnchanged(inner, survey, path: path, in: root, scanner)
                default: return
                }
            } extra: { _, _ in
            }
        } catch is RepositoryError {
            return
        } catch is SystemCallError {
            return
        }
    }

    private func addSeeds(_ candidates: inout [LocalScanner.Candidate]) throws {
        for path in context.settings.seeds {
            let root: FileHandle
            do {
                root = try FileHandle.openDirectory(path: path)
            } catch {
                throw RestoreError(code: .seedUnusable, path: path, cause: error.reason)
            }
            try forEachFile(below: [], in: root, isRemembered: false) { file in
                candidates.append(
                    LocalScanner.Candidate(
                        source: LocalSource(root: root, path: file.path),
                        sizeInBytes: file.sizeInBytes))
            }
        }
    }

    /// Calls `body` with each file that has content; what cannot be read has nothing.
    /// - Parameter isRemembered: whether the record tells something of the files.
    private func forEachFile(
        below path: [UInt8], in root: FileHandle, isRemembered: Bool,
        _ body: (TargetSurvey.LocalFile) -> Void
    ) throws {
        try context.settings.cancellation.check()
        var folders: [[UInt8]] = []
        do {
            let directory = try root.openDirectory(below: path)
            try comparer.forEachName(of: directory, path: isRemembered ? path : nil) {
                name, local in
                let inner = path.appending(component: name)
                switch local.status.kind {
                case .directory: folders.append(inner)
                case .file where local.status.sizeInBytes > 0:
                    body(
                        TargetSurvey.LocalFile(
                            path: inner, sizeInBytes: local.status.sizeInBytes,
                            memory: local.memory))
                default: break
                }
            }
        } catch is SystemCallError {
            return
        }
        for folder in folders {
            try forEachFile(below: folder, in: root, isRemembered: isRemembered, body)
        }
    }
}

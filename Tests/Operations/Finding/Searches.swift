import ChunkStorage
import Finding
import ObjectStore
import RepositoryAccess
import Selection
import SnapshotModel
import TestSupport

/// What a search has told.
struct SearchRun {
    var counts = FindCounts()
    /// `number of the snapshot:path`, in the order in which they were told.
    var found: [String] = []
    var damaged: [String] = []
    var lost: [Int] = []
}

extension Sandbox {
    /// Searches snapshots.
    /// - Parameter index: from before; `nil` for the present one.
    func find(
        _ criteria: FindCriteria, in manifests: [Manifest],
        memoryInBytes: Int = FindSettings.usualMemoryInBytes, index: ChunkIndex? = nil,
        through store: (any ObjectStore)? = nil, change: (inout FindSettings) -> Void = { _ in }
    ) throws -> SearchRun {
        let repository = try open(through: store)
        var settings = FindSettings(criteria, memoryInBytes: memoryInBytes)
        change(&settings)
        var run = SearchRun()
        let finder = Finder(repository, try index ?? repository.openIndex(), settings) {
            manifest, event in
            let number = manifests.firstIndex { $0.id == manifest.id } ?? -1
            switch event {
            case .found(_, let path): run.found.append("\(number):\(DiskPath(path).text)")
            case .damaged(let path, _): run.damaged.append("\(number):\(DiskPath(path).text)")
            case .lost: run.lost.append(number)
            }
        }
        run.counts = try finder.run(manifests)
        return run
    }

    /// The slow way: all entries of all snapshots, each compared on its own.
    func findByReadingAll(
        _ criteria: FindCriteria, in manifests: [Manifest], where fits: (Entry) -> Bool
    ) throws -> [String] {
        let reader = try treeReader()
        var matcher = PathMatcher(criteria.pattern)
        var found: [String] = []
        func walk(_ listing: Content, _ folder: [UInt8], _ number: Int) throws {
            try reader.forEachEntry(of: listing, path: folder) { entry in
                let start = folder.isEmpty ? 0 : folder.count + 1
                let path = folder + (folder.isEmpty ? [] : [0x2F]) + entry.name.bytes
                var inner: Content?
                if case .directory(let content) = entry.kind { inner = content }
                let isMatch = path.withUnsafeBytes {
                    matcher.matches($0, nameStart: start, isDirectory: inner != nil)
                }
                if isMatch, fits(entry) { found.append("\(number):\(DiskPath(path).text)") }
                if let inner { try walk(inner, path, number) }
            }
        }
        for (number, manifest) in manifests.enumerated() {
            try walk(manifest.root.content, [], number)
        }
        return found
    }
}

extension FindCriteria {
    init(glob: String) throws { self.init(try PathPattern(glob: Array(glob.utf8))) }

    init(expression: String) throws {
        self.init(try PathPattern(expression: Array(expression.utf8)))
    }
}

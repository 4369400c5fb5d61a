import Foundation

/// A folder of this run's own; whoever makes one removes it.
struct TemporaryFolder {
    private let root: URL

    /// Makes a folder in the one that `TMPDIR` names, or else in /tmp.
    init() throws {
        root = FileManager.default.temporaryDirectory
            .appendingPathComponent("varve-benchmarks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    /// The absolute path of something in the folder.
    func path(_ name: String) -> [UInt8] { Array(root.appendingPathComponent(name).path.utf8) }

    /// Makes a folder in the folder.
    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            at: root.appendingPathComponent(name), withIntermediateDirectories: true)
    }

    /// Writes a file in the folder.
    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: root.appendingPathComponent(name))
    }

    /// Removes something in the folder, with all that is in it, if it is there.
    func remove(_ name: String) throws {
        let url = root.appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: url.path) {
            try FileManager.default.removeItem(at: url)
        }
    }

    /// Removes the folder.
    func removeAll() throws { try FileManager.default.removeItem(at: root) }
}

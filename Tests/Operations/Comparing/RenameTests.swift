import ChunkStorage
import Comparing
import FileHandles
import SnapshotModel
import TestSupport
import Testing

/// Renames, what is read for them, and what cannot be read.
struct RenameTests {
    private func tree(_ files: [String: Int]) -> ModelTree {
        var tree = ModelTree()
        for (path, number) in files {
            tree.nodes[path] = ModelTree.Node(kind: .file(number))
            var folder = path.split(separator: "/").dropLast()
            while !folder.isEmpty {
                let name = folder.joined(separator: "/")
                tree.nodes[name] = ModelTree.Node(kind: .folder, mode: 0o755)
                folder = folder.dropLast()
            }
        }
        return tree
    }

    private func changes(
        _ left: MemoryTree, _ right: MemoryTree, waitingInBytes: Int = 10_000_000
    ) throws -> [String] {
        var lines: [String] = []
        let settings = CompareSettings(waitingInBytes: waitingInBytes)
        let differ = TreeDiffer(old: left, new: right, settings) { event in
            switch event {
            case .changed(let change):
                let old = change.oldPath.map { String(decoding: $0, as: UTF8.self) + " > " } ?? ""
                lines.append("\(change.kind) \(old)\(DiskPath(change.path).text)")
            case .damaged(let path, _): lines.append("damaged \(DiskPath(path).text)")
            case .unreadable(let path, _): lines.append("unreadable \(DiskPath(path).text)")
            }
        }
        _ = try differ.compare(left.root, with: right.root)
        return lines
    }

    @Test func `a folder is renamed as a whole, and not read`() throws {
        let old = MemoryTree(tree(["a/x/1": 1, "a/x/2": 2, "b": 3]))
        let new = MemoryTree(tree(["c/x/1": 1, "c/x/2": 2, "b": 3]))
        #expect(try changes(old, new) == ["renamed a > c"])
        #expect(old.readFolders == [""] && new.readFolders == [""])
    }

    @Test func `what is left of a renamed folder is found within it`() throws {
        let old = MemoryTree(tree(["a/x/1": 1, "a/y/2": 2, "a/z": 3]))
        let new = MemoryTree(tree(["c/x/1": 1, "c/y/2": 4, "c/z": 3]))
        let expected = [
            "removed a", "removed a/y", "removed a/y/2", "added c", "renamed a/x > c/x",
            "added c/y", "added c/y/2", "renamed a/z > c/z",
        ]
        #expect(try changes(old, new) == expected)
    }

    @Test func `of several equal files those with the same name belong together`() throws {
        let old = MemoryTree(tree(["a/1": 5, "a/2": 5, "k": 1]))
        let new = MemoryTree(tree(["b/2": 5, "b/3": 5, "k": 1]))
        let expected = ["removed a", "added b", "renamed a/2 > b/2", "renamed a/1 > b/3"]
        #expect(try changes(old, new) == expected)
    }

    @Test func `empty files and copies are not renamed`() throws {
        #expect(
            try changes(MemoryTree(tree(["a": 7])), MemoryTree(tree(["b": 7])))
                == ["removed a", "added b"])
        #expect(
            try changes(MemoryTree(tree(["a": 1])), MemoryTree(tree(["a": 1, "b": 1])))
                == ["added b"])
    }

    @Test func `without room a rename is two changes`() throws {
        let old = MemoryTree(tree(["a": 1]))
        let new = MemoryTree(tree(["b": 1]))
        #expect(try changes(old, new) == ["renamed a > b"])
        #expect(try changes(old, new, waitingInBytes: 1) == ["removed a", "added b"])
    }

    @Test func `equal folders are not read`() throws {
        let files = ["a/x/1": 1, "a/y/2": 2, "b/3": 3]
        let old = MemoryTree(tree(files))
        let same = MemoryTree(tree(files))
        #expect(try changes(old, same) == [])
        #expect(old.readFolders == [] && same.readFolders == [])
        let new = MemoryTree(tree(files.merging(["a/x/1": 4]) { $1 }))
        #expect(try changes(old, new) == ["content a/x/1"])
        #expect(old.readFolders == ["", "a", "a/x"] && new.readFolders == ["", "a", "a/x"])
    }

    @Test func `local files are read when their size is wanted, each once`() throws {
        // The sizes of 1 and 8 are the same, 2 has another one.
        let old = MemoryTree(tree(["a/a/1": 1, "a/2": 8, "same": 3]))
        let new = MemoryTree(tree(["b": 1, "c": 8, "d": 15, "e": 2, "same": 3]), isBlind: true)
        let expected = [
            "removed a", "removed a/a", "renamed a/a/1 > b", "renamed a/2 > c", "added d",
            "added e",
        ]
        #expect(try changes(old, new) == expected)
        #expect(new.readFiles == ["b", "c", "d"])
    }

    @Test(arguments: [10_000_000, 1])
    func `what cannot be read is named, and all else is compared`(limit: Int) throws {
        let old = MemoryTree(tree(["a/1": 1, "b/2": 2, "gone/x/3": 3, "z": 4]))
        let new = MemoryTree(tree(["a/1": 8, "b/2": 9, "z": 5]), isBlind: true)
        old.failures["a"] = RepositoryError(.damaged, "cannot read", cause: "")
        old.failures["gone/x"] = RepositoryError(.damaged, "cannot read", cause: "")
        new.failures["b"] = SystemCallError(number: SystemCallError.denied, call: "open", path: [])
        let found = try changes(old, new, waitingInBytes: limit)
        let expected: Set = [
            "damaged a", "unreadable b", "damaged gone/x", "removed gone", "removed gone/x",
            "content z",
        ]
        #expect(Set(found) == expected && found.count == expected.count)
    }

    @Test func `other errors end the comparison`() throws {
        let old = MemoryTree(tree(["a/1": 1]))
        old.failures["a"] = RepositoryError(.changed, "gone", cause: "")
        #expect(throws: RepositoryError(.changed, "", cause: "")) {
            try changes(old, MemoryTree(tree(["a/1": 2])))
        }
    }
}

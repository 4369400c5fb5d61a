import FileHandles
import TestSupport
import Testing

struct LocalFolderTests {
    private let directory: TemporaryDirectory
    private let folder: LocalFolder

    init() throws {
        directory = try TemporaryDirectory(isInMemory: true)
        folder = LocalFolder(path: directory.path)
        try directory.write("one", [1, 2, 3])
        try directory.write("two", [4])
        try DiskPath(directory.appending("folder")).makeDirectory()
        try directory.write("folder/inside", [5])
        try DiskPath(directory.appending("link")).makeLink(to: directory.appending("one"))
        try DiskPath(directory.appending("door")).makeLink(to: directory.appending("folder"))
    }

    @Test func `has the regular files and the folders that are in it, not those behind links`() {
        #expect(Set(folder.names) == ["one", "two", "folder", "link", "door"])
        #expect(Set(folder.files.map(\.name)) == ["one", "two"])
        #expect(folder.folders == ["folder"])
        #expect(folder.appending("folder").files.map(\.name) == ["inside"])
        #expect(folder.appending("door").files.isEmpty)
        #expect(folder.appending("missing").names.isEmpty)
        #expect(folder.appending("one").files.isEmpty)
    }

    @Test func `names that are not UTF-8 are left out`() throws {
        try DiskPath(directory.path).appending([0xFF]).write([1])
        #expect(folder.names.count == 5)
        #expect(folder.files.count == 2)
    }

    @Test func `counts and removes the files that are chosen`() {
        #expect(folder.usage().files == 2)
        #expect(folder.usage().bytes == 4)
        let usage = folder.usage { $0 == "one" }
        #expect(usage.files == 1)
        #expect(usage.bytes == 3)
        #expect(folder.removeFiles { $0 == "one" } == usage)
        #expect(Set(folder.names) == ["two", "folder", "link", "door"])
        #expect(folder.removeFiles().bytes == 1)
        #expect(Set(folder.names) == ["folder", "link", "door"])
        var total = FolderUsage()
        total += usage
        total += usage
        #expect(total.files == 2)
        #expect(total.bytes == 6)
    }

    @Test func `is removed only when it is empty`() {
        let inner = folder.appending("folder")
        inner.removeIfEmpty()
        #expect(folder.folders == ["folder"])
        inner.removeFiles()
        inner.removeIfEmpty()
        #expect(folder.folders == [])
        folder.appending("one").removeIfEmpty()
        #expect(folder.files.count == 2)
    }
}

import DirectoryStore
import FileHandles
import ObjectStore
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a store looks like to those who look into its directory.
struct LayoutTests {
    private let directory: TemporaryDirectory
    private let store: DirectoryStore

    init() throws {
        directory = try TemporaryDirectory()
        store = DirectoryStore(path: directory.appending("a/b/store"))
    }

    @Test func anObjectIsAFileOfItsName() throws {
        try store.put("packs/00/1", [1, 2])
        try store.put("varve.json", [3])
        #expect(try directory.read("a/b/store/packs/00/1") == [1, 2])
        #expect(try directory.read("a/b/store/varve.json") == [3])
        #expect(store.location == directory.text + "/a/b/store")
    }

    @Test func nothingIsMadeBeforeSomethingIsPut() throws {
        #expect(try store.names().isEmpty)
        try store.delete([ObjectKey("a")])
        try store.removeLeftovers(nowInSeconds: 0)
        #expect(try directory.names().isEmpty)
    }

    @Test func objectsAndFoldersArePrivateWhateverTheMask() throws {
        // The mask only takes bits away, so the widest one that the tests share must do.
        try store.put("packs/00/1", [1])
        for folder in ["a", "a/b", "a/b/store", "a/b/store/packs", "a/b/store/packs/00"] {
            let path = directory.appending(folder)
            #expect(try FileStatus.of(path: path, followsLinks: false).permissions == 0o700)
        }
        let incoming = directory.appending("a/b/store/.incoming")
        #expect(try FileStatus.of(path: incoming, followsLinks: false).permissions == 0o700)
        let object = directory.appending("a/b/store/packs/00/1")
        #expect(try FileStatus.of(path: object, followsLinks: false).permissions == 0o600)
    }

    @Test func nothingIsLeftOverBesideTheObjects() throws {
        for number in 0..<5 { try store.put("folder/\(number)", [1]) }
        for number in 0..<5 { try store.put("folder/\(number)", [2]) }
        #expect(try directory.names(in: "a/b/store/.incoming").isEmpty)
        #expect(try directory.names(in: "a/b/store") == [".incoming", "folder"])
        #expect(try directory.names(in: "a/b/store/folder") == ["0", "1", "2", "3", "4"])
    }

    @Test func foreignFilesAreNotListed() throws {
        try store.put("folder/object", [1])
        let root = try FileHandle.openDirectory(path: directory.appending("a/b/store"))
        let folder = try root.openDirectory(name: Array("folder".utf8))
        let flags = O_WRONLY | O_CREAT
        for name in [".hidden", "with space", "x+y", "ümlaut"] {
            _ = try folder.open(name: Array(name.utf8), flags: flags)
        }
        _ = try folder.open(name: [0x66, 0xFF, 0xFE], flags: flags)
        try folder.makeSymlink(name: Array("link".utf8), target: Array("object".utf8))
        try folder.makeSymlink(name: Array("loop".utf8), target: Array(".".utf8))
        try folder.makeNode(name: Array("pipe".utf8), mode: S_IFIFO | 0o600)
        try root.makeDirectory(name: Array(".git".utf8), mode: 0o700)
        try root.makeDirectory(name: Array("lost found".utf8), mode: 0o700)
        try root.makeDirectory(name: Array("empty".utf8), mode: 0o700)
        try directory.write("a/b/store/.git/config", [1])
        #expect(try store.names() == ["folder/object"])
        #expect(try store.names("folder/") == ["folder/object"])
        #expect(try store.names("empty/").isEmpty)
    }

    @Test func filesThatOthersPutThereAreObjects() throws {
        try store.put("folder/object", [1])
        try directory.write("a/b/store/folder/copied", [1, 2, 3])
        let copied = try store.list(prefix: "folder/").first
        #expect(copied?.key == ObjectKey("folder/copied"))
        #expect(copied?.sizeInBytes == 3)
        #expect(try store.read("folder/copied") == [1, 2, 3])
    }

    @Test func anotherStoreOfTheDirectorySeesTheObjects() throws {
        try store.put("a/b", [1])
        let other = DirectoryStore(path: directory.appending("a/b/store"))
        #expect(try other.read("a/b") == [1])
        try other.put("a/c", [2])
        #expect(try store.names() == ["a/b", "a/c"])
    }
}

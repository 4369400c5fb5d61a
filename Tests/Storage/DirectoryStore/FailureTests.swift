import DirectoryStore
import FileHandles
import ObjectStore
import TestSupport
import Testing

/// What a store in a directory does when the system refuses to do as it asks.
struct FailureTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(.enabled(if: SmallFileSystem.isAvailable, "\(SmallFileSystem.reason)"))
    func aFullDiskFailsThePutAndLeavesNothing() throws {
        let disk = try SmallFileSystem(sizeInBytes: 128 * 1024)
        let store = DirectoryStore(path: disk.directory.path)
        try store.put("folder/small", [UInt8](repeating: 1, count: 20_000))
        for _ in 0..<3 {
            #expect(throws: storeError(.noSpace)) {
                try store.put("folder/large", [UInt8](repeating: 2, count: 200_000))
            }
            #expect(try disk.directory.names(in: ".incoming").isEmpty)
            #expect(try store.names() == ["folder/small"])
        }
        // Nothing is left over, so there is room for what fits.
        try store.put("folder/fits", [UInt8](repeating: 3, count: 60_000))
        #expect(try store.read("folder/small") == [UInt8](repeating: 1, count: 20_000))
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, "\(SmallFileSystem.reason)"))
    func aFullDiskLeavesTheObjectThatWasToBeReplaced() throws {
        let disk = try SmallFileSystem(sizeInBytes: 128 * 1024)
        let store = DirectoryStore(path: disk.directory.path)
        try store.put("object", [1, 2, 3])
        #expect(throws: storeError(.noSpace)) {
            try store.put("object", [UInt8](repeating: 2, count: 200_000))
        }
        #expect(try store.read("object") == [1, 2, 3])
    }

    @Test(.enabled(if: SmallFileSystem.isAvailable, "\(SmallFileSystem.reason)"))
    func aReadOnlyFileSystemIsReadAndNotWritten() throws {
        let disk = try SmallFileSystem(sizeInBytes: 128 * 1024)
        try DirectoryStore(path: disk.directory.path).put("folder/object", [1, 2])
        try disk.makeReadOnly()
        let store = DirectoryStore(path: disk.directory.path)
        #expect(try store.names() == ["folder/object"])
        #expect(try store.read("folder/object") == [1, 2])
        #expect(throws: storeError(.readOnly)) { try store.put("folder/object", [3]) }
        #expect(throws: storeError(.readOnly)) { try store.put("new/object", [3]) }
        #expect(throws: storeError(.readOnly)) { try store.delete([ObjectKey("folder/object")]) }
        #expect(try store.read("folder/object") == [1, 2])
    }

    @Test func aDirectoryOfSomebodyElseIsDenied() throws {
        let path = directory.appending("private")
        try DirectoryStore(path: path).put("folder/object", [1])
        // The owner without the permission stands for somebody else.
        let folder = try FileHandle.openDirectory(path: path)
        try folder.setPermissions(0)
        try withoutPrivileges {
            let store = DirectoryStore(path: path)
            let key = ObjectKey("folder/object")
            #expect(throws: storeError(.permissionDenied)) { try store.put("folder/new", [1]) }
            #expect(throws: storeError(.permissionDenied)) { try store.get(key, .whole) }
            #expect(throws: storeError(.permissionDenied)) { try store.map(key) }
            #expect(throws: storeError(.permissionDenied)) { try store.head(key) }
            #expect(throws: storeError(.permissionDenied)) { try store.list(prefix: "") }
            #expect(throws: storeError(.permissionDenied)) { try store.delete([key]) }
            #expect(throws: storeError(.permissionDenied)) {
                try store.removeLeftovers(nowInSeconds: 0)
            }
        }
        try folder.setPermissions(0o700)
        #expect(try DirectoryStore(path: path).read("folder/object") == [1])
    }

    @Test func aRegularFileIsNoStore() throws {
        try directory.write("file", [1])
        let store = DirectoryStore(path: directory.appending("file"))
        #expect(throws: storeError(.inputOutput)) { try store.put("a", [1]) }
        #expect(throws: storeError(.inputOutput)) { try store.list(prefix: "") }
        #expect(try directory.read("file") == [1])
    }

    @Test func anObjectNeverReplacesAFolder() throws {
        let store = DirectoryStore(path: directory.path)
        try store.put("folder/object", [1])
        #expect(throws: storeError(.inputOutput)) { try store.put("folder", [2]) }
        #expect(try directory.names(in: ".incoming").isEmpty)
        #expect(try store.names() == ["folder/object"])
    }

    @Test func foldersThatSomebodyRemovedAreMadeAgain() throws {
        let path = directory.appending("root")
        let store = DirectoryStore(path: path)
        try store.put("folder/object", [1])
        try FileHandle.rename(path, to: directory.appending("moved"))
        try store.put("folder/object", [2])
        #expect(try store.read("folder/object") == [2])
        #expect(try directory.read("moved/folder/object") == [1])
    }

    @Test func theErrorNamesOperationObjectAndReason() throws {
        let store = DirectoryStore(path: directory.path)
        let error = #expect(throws: StoreError.self) { try store.get(ObjectKey("a/b"), .whole) }
        #expect(error?.operation == .get)
        #expect(error?.subject == "a/b")
        #expect(error?.cause == "open \(directory.text)/a/b: No such file or directory")
    }
}

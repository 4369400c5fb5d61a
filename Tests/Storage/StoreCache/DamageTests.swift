import ObjectStore
import StoreCache
import TestSupport
import Testing

/// Whatever becomes of the local files, nobody gets other bytes or an error.
struct DamageTests {
    private let repository: CachedRepository

    init() throws {
        repository = try CachedRepository()
        try repository.fill()
    }

    /// Damages each file in turn, and expects what is in the store, with as many requests.
    private func expectRight(
        _ comment: Comment, requests: Int = 1, damage: (DiskPath, [UInt8]) throws -> Void
    ) throws {
        for file in try repository.files() {
            let bytes = try file.read()
            try damage(file, bytes)
            repository.recorder.clear()
            #expect(try repository.isRight(repository.open()), "\(comment), \(file.text)")
            #expect(repository.operations.count == requests, "\(comment), \(file.text)")
            // From then on the cache is whole again.
            #expect(try file.read() == bytes, "\(comment), \(file.text)")
        }
    }

    @Test func `any flipped bit`() throws {
        for position in stride(from: 0, to: 600, by: 7) {
            try expectRight("byte \(position)") { file, bytes in
                var damaged = bytes
                damaged[position % bytes.count] ^= 1 << UInt8(position % 8)
                try file.write(damaged)
            }
        }
    }

    @Test(arguments: [0, 1, 8, 9, 10, 40, 90, 150])
    func `a file that is too short`(count: Int) throws {
        try expectRight("\(count) bytes") { file, bytes in
            try file.write(Array(bytes.prefix(min(count, bytes.count - 1))))
        }
    }

    @Test func `a file that is too long`() throws {
        try expectRight("one more") { file, bytes in try file.write(bytes + [0]) }
        try expectRight("twice") { file, bytes in try file.write(bytes + bytes) }
        // As long as no entry is; it has no blocks, so it costs the disk nothing.
        try expectRight("very long") { file, _ in try file.truncate(to: 1 << 26) }
    }

    @Test func `a file that is gone`() throws {
        try expectRight("gone") { file, _ in try file.remove() }
    }

    @Test func `a link, even to a file that is right`() throws {
        try expectRight("link") { file, bytes in
            let other = repository.directory.appending("elsewhere")
            try other.write(bytes)
            try file.remove()
            try file.makeLink(to: other.bytes)
        }
    }

    @Test func `a pipe, for which nobody waits`() throws {
        try expectRight("pipe") { file, _ in
            try file.remove()
            try file.makePipe()
        }
    }

    @Test func `a folder in the place of a file stays, and is read past`() throws {
        for file in try repository.files() {
            try file.remove()
            try file.makeDirectory()
            try file.appending("inside").write([1])
            #expect(try repository.isRight(repository.open()))
            #expect(file.appending("inside").exists)
        }
    }

    @Test func `the file of another object`() throws {
        let files = try repository.files()
        let contents = try files.map { try $0.read() }
        for (file, content) in zip(files, contents) {
            for other in contents where other != content {
                try file.write(other)
                #expect(try repository.isRight(repository.open()))
            }
        }
    }

    @Test func `folders that vanish while a process runs`() throws {
        let store = repository.open()
        for _ in 0..<3 {
            try repository.directory.remove()
            #expect(try repository.isRight(store))
            repository.recorder.clear()
            #expect(try repository.isRight(store))
            #expect(repository.operations == [])
        }
    }

    @Test func `bytes that somebody holds stay what they are when the cache goes`() throws {
        let store = repository.open()
        let bytes = try store.map(repository.table)
        try repository.directory.remove()
        _ = try store.map(repository.table)
        #expect(try bytes.array == repository.memory.get(repository.table, .whole).array)
    }
}

import ChunkStorage
import Cryptography
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct RepositoryTests {
    private let store = FaultyStore(MemoryStore(location: "/there"))
    private let description: RepositoryDescription

    init() {
        var generator = SeededGenerator(seed: 1)
        description = generator.repositoryDescription()
    }

    private func documentText() throws -> String {
        String(decoding: try store.read(ObjectNames.description), as: UTF8.self)
    }

    /// Puts a description with changed text under a checksum that fits.
    private func putDocument(_ change: (String) -> String) throws {
        let text = try documentText()
        let end = try #require(text.firstRange(of: ",\"checksum\":\""))
        let changed = change(String(text[..<end.lowerBound]))
        let digest = Array(changed.utf8).withUnsafeBytes { SHA256.digest(of: $0) }
        let document = changed + ",\"checksum\":\"\(digest.hexadecimal)\"}\n"
        try store.put(ObjectNames.description, Array(document.utf8))
    }

    @Test(arguments: seeds(count: 8))
    func whatWasCreatedIsOpened(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let description = generator.repositoryDescription()
        #expect(try Repository.create(in: store, description).description == description)
        #expect(try Repository.open(in: store).description == description)
    }

    @Test func openingIsOneRequest() throws {
        _ = try Repository.create(in: store, description)
        let recording = RecordingStore(store)
        _ = try Repository.open(in: recording)
        #expect(recording.calls.map(\.description) == ["GET varve.json"])
    }

    @Test func aRepositoryIsCreatedOnce() throws {
        _ = try Repository.create(in: store, description)
        var generator = SeededGenerator(seed: 2)
        let other = generator.repositoryDescription()
        let error = #expect(throws: RepositoryError.self) {
            try Repository.create(in: store, other)
        }
        #expect(error?.code == .exists)
        #expect(error?.message.contains("/there") == true)
        #expect(try Repository.open(in: store).description == description)
    }

    @Test func anEmptyStoreIsNoRepository() throws {
        let error = #expect(throws: RepositoryError.self) { try Repository.open(in: store) }
        #expect(error?.code == .noRepository)
        #expect(error?.message.contains("/there") == true)
        #expect(error?.remedy.hasPrefix("varve init") == true)
    }

    @Test func aNewerVersionIsUnsupportedAndNotDamaged() throws {
        _ = try Repository.create(in: store, description)
        let text = try documentText()
        for version in ["2", "10", "18446744073709551615"] {
            let changed = text.replacing("\"version\":1,", with: "\"version\":\(version),")
            try #require(changed != text)
            try store.put(ObjectNames.description, Array(changed.utf8))
            let error = #expect(throws: RepositoryError.self) { try Repository.open(in: store) }
            #expect(error?.code == .unsupported)
            #expect(error?.remedy.isEmpty == false)
        }
    }

    @Test func anEncryptedRepositoryIsUnsupported() throws {
        _ = try Repository.create(in: store, description)
        try putDocument { $0 }
        #expect(try Repository.open(in: store).description == description)
        try putDocument { $0 + ",\"encryption\":{\"cipher\":\"aes-256-gcm\"}" }
        #expect(throws: repositoryError(.unsupported)) { try Repository.open(in: store) }
    }

    @Test func membersOfLaterToolsAreSkipped() throws {
        _ = try Repository.create(in: store, description)
        try putDocument { $0 + ",\"later\":[{\"a\":1}]" }
        #expect(try Repository.open(in: store).description == description)
    }

    @Test(arguments: [
        "", "\n", "{}", "{}\n", "null\n", "varve\n", "[1,2]\n", "{\"format\":\"varve\"}\n",
        "{\"format\":\"varve\",\"version\":1}\n", "{\"format\":\"other\",\"version\":1}\n",
        "{\"version\":1,\"format\":\"varve\"}\n", "\u{0}\u{0}\u{0}\n",
    ])
    func garbageIsDamage(text: String) throws {
        try store.put(ObjectNames.description, Array(text.utf8))
        let error = #expect(throws: RepositoryError.self) { try Repository.open(in: store) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("varve.json") == true)
        // Whatever it is, it is not replaced.
        #expect(throws: repositoryError(.exists)) {
            try Repository.create(in: store, description)
        }
        #expect(try documentText() == text)
    }

    @Test func everyFlippedBitIsNoticed() throws {
        _ = try Repository.create(in: store, description)
        let key = ObjectKey(ObjectNames.description)
        for bit in 0..<8 * Int(try store.head(key)) {
            try store.flip(key, bit: bit)
            let error = #expect(throws: RepositoryError.self) { try Repository.open(in: store) }
            #expect(error?.code == .damaged || error?.code == .unsupported)
        }
    }

    @Test func everyTruncationIsNoticed() throws {
        _ = try Repository.create(in: store, description)
        let key = ObjectKey(ObjectNames.description)
        for count in 0..<Int(try store.head(key)) {
            try store.truncate(key, to: count)
            #expect(throws: repositoryError(.damaged)) { try Repository.open(in: store) }
        }
    }

    @Test func failuresOfTheStorePassThroughAndCreateNothing() throws {
        let codes: [StoreError.Code] = [.permissionDenied, .inputOutput]
        for code in codes {
            store.set(.init(.head, call: 1, code: code))
            #expect(throws: storeError(code)) { try Repository.create(in: store, description) }
            #expect(try store.names().isEmpty)
            store.set(.init(.put, call: 1, code: code))
            #expect(throws: storeError(code)) { try Repository.create(in: store, description) }
            #expect(try store.names().isEmpty)
        }
        _ = try Repository.create(in: store, description)
        store.set(.init(.get, call: 1, code: .permissionDenied))
        #expect(throws: storeError(.permissionDenied)) { try Repository.open(in: store) }
    }

    @Test func theIndexHasTheTablesOfTheStore() throws {
        var generator = SeededGenerator(seed: 3)
        let repository = try Repository.create(in: store, description)
        #expect(try repository.listTables().isEmpty)
        #expect(try repository.openIndex().tables.isEmpty)
        let ids = try saveChunks([[1], [2]], to: store, generator.sessionIdentity())
        try store.put("indexes/session.1", [1])
        #expect(try repository.listTables().count == 1)
        let index = try repository.openIndex()
        #expect(index.tables.compactMap(\.id) == (try repository.listTables().map(\.id)))
        for id in ids { #expect(index.contains(id)) }
    }

    @Test func errorsWithEqualCodesAreEqual() {
        let error = RepositoryError(.damaged, "cannot read a", cause: "too short")
        #expect(error == repositoryError(.damaged))
        #expect(error != repositoryError(.unsupported))
        #expect("\(error)" == "cannot read a: too short")
        #expect("\(RepositoryError(.exists, "a", cause: ""))" == "a")
    }
}

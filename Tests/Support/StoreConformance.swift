// What every object store must do (Specs/store-contract.md), as one suite: a new store, or a new
// decorator of stores, calls `checkStoreConformance` in a test of its own.

package import ObjectStore
import Testing

/// Checks that a kind of store keeps the promises of `ObjectStore`.
/// - Parameters:
///   - replacesAtomically: whether it keeps the one promise that nothing relies on.
///   - make: makes an empty store; called for each promise anew.
package func checkStoreConformance(
    replacesAtomically: Bool = true, make: () throws -> any ObjectStore
) throws {
    try checkWholeObjects(make())
    try checkRanges(make())
    try checkParts(make())
    try checkEmptyObjects(make())
    try checkReplacing(make())
    try checkMissingObjects(make())
    try checkListing(make())
    try checkTimes(make())
    try checkListingOfPrefixes(make())
    try checkListingBehind(make())
    try checkDeleting(make())
    try checkThreads(make())
    if replacesAtomically { try checkAtomicReplacing(make()) }
}

/// What `#expect(throws:)` compares with: store errors are equal when their codes are.
package func storeError(_ code: StoreError.Code) -> StoreError {
    StoreError(code, .get, "", cause: "")
}

extension ObjectStore {
    /// Writes an object of one piece.
    package func put(_ key: String, _ bytes: [UInt8]) throws {
        try put(ObjectKey(key), ObjectBody(bytes))
    }

    /// Reads an object or a part of it.
    package func read(_ key: String, _ range: ObjectRange = .whole) throws -> [UInt8] {
        try get(ObjectKey(key), range).array
    }

    /// The names that a listing shows, in its order.
    package func names(_ prefix: String = "") throws -> [String] {
        try list(prefix: prefix).map(\.key.description)
    }
}

extension ObjectBytes {
    /// A copy, for callers that keep the bytes longer than this object.
    package var array: [UInt8] { withExtendedLifetime(self) { Array(bytes) } }
}

/// Bytes with a position in each: cut at a wrong place, they differ.
private func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
}

private func checkWholeObjects(_ store: any ObjectStore) throws {
    #expect(!store.location.isEmpty)
    let sizes = [1, 2, 255, 4096, 100_000]
    for size in sizes { try store.put("folder/object-\(size)", pattern(size)) }
    for size in sizes {
        let key = ObjectKey("folder/object-\(size)")
        #expect(try store.head(key) == UInt64(size))
        #expect(try store.get(key, .whole).array == pattern(size))
        #expect(try store.map(key).array == pattern(size))
        let mapped = ObjectKey("folder/mapped-\(size)")
        let bytes = try store.putAndMap(mapped, ObjectBody(parts: [[], pattern(size), []]))
        #expect(bytes.array == pattern(size))
        #expect(try store.get(mapped, .whole).array == pattern(size))
    }
    #expect(!store.distrust(ObjectKey("folder/object-1")))
    #expect(try store.listings.read("folder/object-2") == pattern(2))
    let parts: [[UInt8]] = [[], [1, 2], [], [3], pattern(5000), []]
    try store.put(ObjectKey("parts"), ObjectBody(parts: parts))
    #expect(try store.read("parts") == [1, 2, 3] + pattern(5000))
    // Every character that a key may have, and the longest key.
    let letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-"
    let longest = "a/" + String(repeating: "x", count: ObjectKey.maximumLength - 2)
    for name in ["x" + letters, "d" + letters + "/d/e", longest] {
        try store.put(name, Array(name.utf8))
        #expect(try store.read(name) == Array(name.utf8))
    }
}

private func checkRanges(_ store: any ObjectStore) throws {
    let bytes = pattern(1000)
    try store.put("a", bytes)
    for (offset, length) in [(0, 1), (0, 1000), (1, 998), (999, 1), (500, 250), (7, 0)] {
        let range = ObjectRange.from(offset: UInt64(offset), length: length)
        #expect(try store.read("a", range) == Array(bytes[offset..<offset + length]))
    }
    #expect(try store.read("a", .from(offset: 990, length: 11)) == Array(bytes[990...]))
    #expect(try store.read("a", .from(offset: 0, length: 5000)) == bytes)
    #expect(try store.read("a", .last(length: 1)) == [bytes[999]])
    #expect(try store.read("a", .last(length: 400)) == Array(bytes[600...]))
    #expect(try store.read("a", .last(length: 1000)) == bytes)
    #expect(try store.read("a", .last(length: 1001)) == bytes)
    #expect(try store.read("a", .last(length: 0)).isEmpty)
    for offset in [1000, 1001, 1 << 40] as [UInt64] {
        #expect(throws: storeError(.invalidRange)) {
            try store.get(ObjectKey("a"), .from(offset: offset, length: 1))
        }
    }
}

private func checkParts(_ store: any ObjectStore) throws {
    let bytes = pattern(100_000)
    try store.put("a", bytes)
    let key = ObjectKey("a")
    var generator = SeededGenerator(seed: 49)
    let ranges =
        (0..<12).map { _ in generator.partedRange(within: bytes.count) } + [
            PartedRange(offset: 0, length: 100_000, parts: [0..<100_000]),
            // The object ends in the middle of a part, and before the last one begins.
            PartedRange(offset: 99_990, length: 30, parts: [0..<5, 7..<12, 20..<30]),
        ]
    for range in ranges {
        let recorder = PartRecorder()
        try store.get(key, range, to: recorder)
        #expect(recorder.parts == range.cut(bytes), "\(range)")
    }
    let one = PartedRange(offset: 100_000, length: 1, parts: [0..<1])
    let recorder = PartRecorder()
    #expect(throws: storeError(.invalidRange)) { try store.get(key, one, to: recorder) }
    #expect(throws: storeError(.notFound)) {
        try store.get(ObjectKey("none"), one, to: recorder)
    }
    #expect(recorder.parts.isEmpty)
    let unwanted = PartRecorder { question in question < 2 ? .given : .never }
    #expect(throws: storeError(.interrupted)) {
        try store.get(
            key, PartedRange(offset: 0, length: 9, parts: [0..<1, 1..<2, 5..<9]), to: unwanted)
    }
    #expect(unwanted.parts == [[bytes[0]]])
}

private func checkEmptyObjects(_ store: any ObjectStore) throws {
    let key = ObjectKey("folder/empty")
    try store.put(key, ObjectBody([]))
    #expect(try store.head(key) == 0)
    #expect(try store.get(key, .whole).count == 0)
    #expect(try store.get(key, .last(length: 10)).count == 0)
    #expect(try store.map(key).count == 0)
    #expect(throws: storeError(.invalidRange)) {
        try store.get(key, .from(offset: 0, length: 1))
    }
    #expect(try store.list(prefix: "").map(\.key) == [key])
    #expect(try store.list(prefix: "").map(\.sizeInBytes) == [0])
}

private func checkReplacing(_ store: any ObjectStore) throws {
    let old = try putAndMap(store, pattern(3000))
    for size in [3000, 10, 0, 5000] {
        try store.put("a", [UInt8](repeating: 7, count: size))
        #expect(try store.read("a") == [UInt8](repeating: 7, count: size))
        #expect(try store.list(prefix: "").map(\.sizeInBytes) == [UInt64(size)])
    }
    // Who holds the bytes of an object keeps them, whatever becomes of the object.
    try store.delete([ObjectKey("a")])
    #expect(old.array == pattern(3000))
}

private func putAndMap(_ store: any ObjectStore, _ bytes: [UInt8]) throws -> ObjectBytes {
    try store.put("a", bytes)
    return try store.map(ObjectKey("a"))
}

private func checkMissingObjects(_ store: any ObjectStore) throws {
    for round in 0..<2 {
        for name in ["missing", "folder/missing", "no/such/folder/missing", "folder"] {
            let key = ObjectKey(name)
            #expect(throws: storeError(.notFound)) { try store.get(key, .whole) }
            #expect(throws: storeError(.notFound)) { try store.get(key, .last(length: 1)) }
            #expect(throws: storeError(.notFound)) {
                try store.get(key, .from(offset: 0, length: 1))
            }
            #expect(throws: storeError(.notFound)) { try store.map(key) }
            #expect(throws: storeError(.notFound)) { try store.head(key) }
        }
        // In the second round the folder has an object, and yet is none.
        if round == 0 { try store.put("folder/object", [1]) }
    }
}

/// The protocol of collection compares the two.
private func checkTimes(_ store: any ObjectStore) throws {
    let key = ObjectKey("folder/dated")
    let answered = try store.put(key, ObjectBody([1]))
    let listed = try #require(try store.list(prefix: "folder/").first)
    #expect((answered == nil) == (listed.modified == nil))
    guard let answered, let modified = listed.modified else { return }
    #expect(abs(answered.seconds - modified.seconds) <= 60)
}

private func checkListing(_ store: any ObjectStore) throws {
    #expect(try store.list(prefix: "").isEmpty)
    #expect(try store.list(prefix: "folder/").isEmpty)
    // Sorted by whole names: "a-b" before "a/b" before "a0", which folder by folder is not so.
    let names = ["B", "a-b", "a.b/c", "a/b", "a/b0/c", "a0", "a_", "b/c/d/e/f", "z"]
    for (size, name) in names.enumerated().reversed() {
        try store.put(name, [UInt8](repeating: 1, count: size))
    }
    let listed = try store.list(prefix: "")
    #expect(listed.map(\.key.description) == names)
    #expect(listed.map(\.sizeInBytes) == names.indices.map { UInt64($0) })
    #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
}

private func checkListingBehind(_ store: any ObjectStore) throws {
    let names = ["a/1", "a/2", "a/3.json", "b/1"]
    for name in names { try store.put(name, [1]) }
    func behind(_ key: String, _ prefix: String = "a/") throws -> [String] {
        try store.list(prefix: prefix, after: ObjectKey(key)).map(\.key.description)
    }
    #expect(try behind("a/1") == ["a/2", "a/3.json"])
    #expect(try behind("a/2") == ["a/3.json"])
    #expect(try behind("a/2-") == ["a/3.json"])
    #expect(try behind("a/0") == ["a/1", "a/2", "a/3.json"])
    #expect(try behind("a/3.json") == [])
    #expect(try behind("a/4") == [])
    #expect(try behind("a/2", "b/") == ["b/1"])
}

private func checkListingOfPrefixes(_ store: any ObjectStore) throws {
    for name in ["packs-a/1", "packs/00/1", "packs/ff/2", "packs0/1", "xpacks/1"] {
        try store.put(name, [1])
    }
    #expect(try store.names("packs/") == ["packs/00/1", "packs/ff/2"])
    #expect(try store.names("packs/ff/") == ["packs/ff/2"])
    #expect(try store.names("packs/f/").isEmpty)
    #expect(try store.names("acks/").isEmpty)
}

private func checkDeleting(_ store: any ObjectStore) throws {
    for name in ["a", "b/c", "b/d", "e"] { try store.put(name, [1]) }
    try store.delete([])
    try store.delete(["missing", "no/folder", "b/c", "e"].map { ObjectKey($0) })
    #expect(try store.names() == ["a", "b/d"])
    #expect(throws: storeError(.notFound)) { try store.head(ObjectKey("b/c")) }
    try store.delete(["a", "a", "b/d"].map { ObjectKey($0) })
    #expect(try store.names().isEmpty)
    try store.put("b/c", [2])
    #expect(try store.read("b/c") == [2])
}

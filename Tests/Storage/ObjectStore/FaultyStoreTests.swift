import ObjectStore
import TestSupport
import Testing

/// The store that other tests rely on to fail must fail where they say.
struct FaultyStoreTests {
    private let memory = MemoryStore()

    @Test func failsTheNthCallOfItsOperationOnce() throws {
        let store = FaultyStore(memory, .init(.put, call: 2, code: .noSpace))
        try store.put("a", [1])
        #expect(try store.names() == ["a"])
        #expect(!store.hasFailed)
        #expect(throws: storeError(.noSpace)) { try store.put("b", [1]) }
        #expect(store.hasFailed)
        try store.put("c", [1])
        #expect(try store.names() == ["a", "c"])
    }

    @Test func failsTheNthCallOfAnyOperationForGood() throws {
        let store = FaultyStore(memory, .init(call: 3, isPermanent: true))
        try store.put("a", [1])
        _ = try store.read("a")
        #expect(throws: storeError(.inputOutput)) { try store.list(prefix: "") }
        #expect(throws: storeError(.inputOutput)) { try store.put("b", [1]) }
        #expect(throws: storeError(.inputOutput)) { try store.delete([ObjectKey("a")]) }
        #expect(memory.list(prefix: "").map(\.key) == [ObjectKey("a")])
        store.set(nil)
        #expect(try store.read("a") == [1])
    }

    @Test func failsBeforeOrAfterTheEffect() throws {
        for timing in FaultyStore.Fault.Timing.allCases {
            let store = FaultyStore(memory, .init(.put, call: 1, timing: timing))
            #expect(throws: storeError(.inputOutput)) { try store.put("a", [1]) }
            #expect(try store.names() == (timing == .afterEffect ? ["a"] : []))
            try store.put("a", [1])
            store.set(.init(.delete, call: 1, timing: timing))
            #expect(throws: storeError(.inputOutput)) { try store.delete([ObjectKey("a")]) }
            #expect(try store.names() == (timing == .afterEffect ? [] : ["a"]))
            try store.delete([ObjectKey("a")])
        }
    }

    @Test func showsObjectsAlteredUntilTheyAreHealed() throws {
        let store = FaultyStore(memory)
        let names = ["altered", "flipped", "hidden", "lost", "short"]
        for name in names { try store.put(name, [1, 2, 3]) }
        store.alter(ObjectKey("altered"), [9])
        try store.flip(ObjectKey("flipped"), bit: 10)
        store.hide(ObjectKey("hidden"))
        store.lose(ObjectKey("lost"))
        try store.truncate(ObjectKey("short"), to: 2)
        #expect(try store.read("altered") == [9])
        #expect(try store.read("flipped") == [1, 6, 3])
        #expect(try store.read("hidden") == [1, 2, 3])
        #expect(throws: storeError(.notFound)) { try store.read("lost") }
        #expect(throws: storeError(.notFound)) { try store.head(ObjectKey("lost")) }
        #expect(try store.read("short", .last(length: 1)) == [2])
        #expect(try store.head(ObjectKey("short")) == 2)
        #expect(try store.map(ObjectKey("short")).count == 2)
        #expect(try store.names() == ["altered", "flipped", "lost", "short"])
        #expect(try store.list(prefix: "").map(\.sizeInBytes) == [1, 3, 3, 2])
        store.heal()
        for name in names { #expect(try store.read(name) == [1, 2, 3]) }
        #expect(try store.names() == names)
    }

    @Test func anObjectThatIsWrittenAnewIsWhole() throws {
        let store = FaultyStore(memory)
        for name in ["a", "b"] { try store.put(name, [1, 2, 3]) }
        try store.truncate(ObjectKey("a"), to: 1)
        store.lose(ObjectKey("b"))
        for name in ["a", "b"] {
            try store.put(name, [4, 5])
            #expect(try store.read(name) == [4, 5])
        }
    }

    @Test func aRecordingStoreWritesDownWhatWasAskedForInOrder() throws {
        let store = RecordingStore(memory)
        try store.put("a", [1, 2])
        #expect(throws: storeError(.notFound)) { try store.head(ObjectKey("b")) }
        try store.delete([ObjectKey("a"), ObjectKey("c")])
        #expect(store.calls.map(\.description) == ["PUT a", "HEAD b", "DELETE a c"])
        #expect(store.calls.map(\.sizeInBytes) == [2, 0, 0])
        store.clear()
        #expect(store.calls.isEmpty)
    }
}

import SnapshotModel
import TestSupport
import Testing

@testable import Restoring

/// The names that a restore gives: valid ones, told apart from all others.
struct LocalNamesTests {
    private let time = Timestamp(seconds: 1_800_000_000, nanoseconds: 7)

    @Test(arguments: seeds(count: 50))
    func `temporary names are short, valid, known, and follow from the name`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let name = generator.fileName().bytes
        var seen: Set<[UInt8]> = []
        for attempt in [0, 1, 9, 100] {
            let temporary = TemporaryName.make(for: name, attempt: attempt)
            #expect(temporary.count <= 40)
            #expect(FileName(temporary).isValid)
            #expect(TemporaryName.matches(temporary))
            #expect(temporary == TemporaryName.make(for: name, attempt: attempt))
            seen.insert(temporary)
        }
        #expect(seen.count == 4)
        #expect(!TemporaryName.matches(name))
    }

    @Test(arguments: [
        "", ".varve-restore-", ".varve-restore-0123456789abcde", "varve-restore-0123456789abcdef",
        ".varve-restore-0123456789abcdeg", ".varve-restore-0123456789abcdef-",
        ".varve-restore-0123456789abcdef-x", ".varve-restore-0123456789abcdef-1x",
        ".varve-restore-0123456789abcdef.txt", "a.varve-restore-0123456789abcdef",
    ])
    func `names that only look alike are not temporary ones`(name: String) {
        #expect(!TemporaryName.matches(Array(name.utf8)))
    }

    @Test(arguments: 1...255)
    func `conflict names fit, are known, and begin with the name`(length: Int) {
        let name = [UInt8](repeating: 0x61, count: length)
        var seen: Set<[UInt8]> = []
        for attempt in [0, 1, 12, 1000] {
            let conflict = ConflictName.make(for: name, time: time, attempt: attempt)
            #expect(conflict.count <= 255)
            #expect(ConflictName.matches(conflict))
            #expect(FileName(conflict).isValid)
            let kept = conflict.prefix { $0 == 0x61 }.count
            #expect(kept == min(length, 255 - (conflict.count - kept)))
            seen.insert(conflict)
        }
        #expect(seen.count == 4)
    }

    @Test(arguments: ["é", "日", "😀", "a😀", "éa", "日本a"])
    func `long names are cut between characters`(piece: String) {
        for length in 200...255 {
            var text = ""
            while text.utf8.count + piece.utf8.count <= length { text += piece }
            let conflict = ConflictName.make(for: Array(text.utf8), time: time)
            #expect(conflict.count <= 255)
            let isText = String(validating: conflict, as: UTF8.self) != nil
            #expect(isText, "\(length)")
            // At most the rest of one character is left unused.
            #expect(text.utf8.count < 224 || conflict.count > 251)
        }
    }

    @Test(arguments: [UInt8(0x80), 0xBF, 0xFF, 0xC3])
    func `names that are no text are cut as well, and known afterwards`(byte: UInt8) {
        for length in [1, 100, 221, 222, 223, 224, 254, 255] {
            let name = [UInt8](repeating: byte, count: length)
            let conflict = ConflictName.make(for: name, time: time)
            #expect(conflict.count <= 255)
            #expect(conflict.first == byte)
            #expect(ConflictName.matches(conflict), "\(length)")
        }
    }

    @Test func `a conflict of a conflict is one`() {
        let first = ConflictName.make(for: [0x61], time: time)
        let second = ConflictName.make(for: first, time: time)
        #expect(first != second)
        #expect(ConflictName.matches(second))
    }

    @Test(arguments: [
        "", "a", "a.varve-conflict-", "a.varve-conflict-20270115", "a.varve-conflict",
        "a.varve-conflict-xxxxxxxxxxxxxxxx", "a.varve-conflict-20270115T08000",
    ])
    func `names that only look alike are no conflict names`(name: String) {
        #expect(!ConflictName.matches(Array(name.utf8)))
    }
}

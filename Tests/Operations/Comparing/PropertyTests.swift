import Comparing
import SnapshotModel
import TestSupport
import Testing

/// What is reported is what was done, whatever was done.
struct PropertyTests {
    /// A change without the entries, to be compared with what a dictionary tells.
    struct Line: Hashable, CustomStringConvertible {
        let kind: Change.Kind
        let path: String
        let fields: Set<MetadataField>

        var description: String { "\(kind) \(path) \(fields.map(\.rawValue).sorted())" }
    }

    /// The slow way: path by path.
    static func reference(_ old: ModelTree, _ new: ModelTree) -> Set<Line> {
        var lines: Set<Line> = []
        for path in Set(old.paths + new.paths) {
            guard let before = old.nodes[path] else {
                lines.insert(Line(kind: .added, path: path, fields: []))
                continue
            }
            guard let after = new.nodes[path] else {
                lines.insert(Line(kind: .removed, path: path, fields: []))
                continue
            }
            let fields = fields(before, after)
            switch (before.kind, after.kind) {
            case (.file(let one), .file(let other)):
                // Numbers that can be divided by 7 are empty files.
                let isSame = one == other || one % 7 == 0 && other % 7 == 0
                if !isSame { lines.insert(Line(kind: .content, path: path, fields: fields)) }
                if !isSame { continue }
            case (.link(let one), .link(let other)):
                if one != other { lines.insert(Line(kind: .content, path: path, fields: fields)) }
                if one != other { continue }
            case (.folder, .folder), (.pipe, .pipe): break
            default:
                lines.insert(Line(kind: .type, path: path, fields: fields))
                continue
            }
            if !fields.isEmpty { lines.insert(Line(kind: .metadata, path: path, fields: fields)) }
        }
        return lines
    }

    private static func fields(
        _ old: ModelTree.Node, _ new: ModelTree.Node
    ) -> Set<MetadataField> {
        var fields: Set<MetadataField> = []
        if old.mode != new.mode { fields.insert(.mode) }
        if old.time != new.time, old.kind != .folder { fields.insert(.time) }
        if old.attribute != new.attribute { fields.insert(.attributes) }
        return fields
    }

    /// What was reported, with each rename taken apart into what has gone and what has come.
    private static func lines(
        _ changes: [Change], _ old: ModelTree, _ new: ModelTree
    ) -> [Line] {
        changes.flatMap { change -> [Line] in
            let path = String(decoding: change.path, as: UTF8.self)
            guard let oldPath = change.oldPath else {
                return [Line(kind: change.kind, path: path, fields: Set(change.fields))]
            }
            let before = String(decoding: oldPath, as: UTF8.self)
            return old.subtree(before).map { Line(kind: .removed, path: $0, fields: []) }
                + new.subtree(path).map { Line(kind: .added, path: $0, fields: []) }
        }
    }

    private func compare(
        _ old: ModelTree, _ new: ModelTree, isBlind: Bool = false, waitingInBytes: Int
    ) throws -> [Change] {
        let (left, right) = (MemoryTree(old), MemoryTree(new, isBlind: isBlind))
        var settings = CompareSettings(waitingInBytes: waitingInBytes)
        settings.trustsTimes = false
        var changes: [Change] = []
        let differ = TreeDiffer(old: left, new: right, settings) { event in
            if case .changed(let change) = event {
                changes.append(change)
            } else {
                Issue.record("\(event)")
            }
        }
        let counts = try differ.compare(left.root, with: right.root)
        for kind in Change.Kind.allCases {
            #expect(counts[kind] == UInt64(changes.count { $0.kind == kind }))
        }
        return changes
    }

    @Test(arguments: seeds(count: 60))
    func `changes are those that a dictionary tells`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let old = ModelTree.random(&generator)
        var new = old
        for _ in 0..<generator.number(in: 0...12) { new.edit(&generator) }
        let expected = Self.reference(old, new)
        for isBlind in [false, true] {
            // From one change at a time to all of them.
            for limit in [1, 2_000, 10_000_000] {
                let changes = try compare(old, new, isBlind: isBlind, waitingInBytes: limit)
                let lines = Self.lines(changes, old, new)
                let comment: Comment = "blind \(isBlind), limit \(limit)"
                #expect(Set(lines).symmetricDifference(expected) == [], comment)
                #expect(lines.count == expected.count, comment)
            }
        }
    }

    @Test(arguments: seeds(count: 40))
    func `with room nothing that was removed has come back unnoticed`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: 1000 + seed)
        let old = ModelTree.random(&generator)
        var new = old
        for _ in 0..<generator.number(in: 1...8) { new.edit(&generator) }
        for isBlind in [false, true] {
            let changes = try compare(old, new, isBlind: isBlind, waitingInBytes: 10_000_000)
            func numbers(_ kind: Change.Kind, _ tree: ModelTree) -> Set<Int> {
                Set(
                    changes.filter { $0.kind == kind }.compactMap { change in
                        let path = String(decoding: change.path, as: UTF8.self)
                        guard case .file(let number) = tree.nodes[path]?.kind, number % 7 != 0
                        else { return nil }
                        return number
                    })
            }
            #expect(numbers(.removed, old).isDisjoint(with: numbers(.added, new)))
        }
    }

    @Test(arguments: seeds(count: 20))
    func `with room changes come in the order of the tree`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: 2000 + seed)
        let old = ModelTree.random(&generator)
        let new = ModelTree.random(&generator)
        let paths = try compare(old, new, waitingInBytes: 10_000_000).map { change in
            change.path.split(separator: UInt8(ascii: "/")).map(Array.init)
        }
        let sorted = paths.sorted { left, right in
            left.lexicographicallyPrecedes(right) { $0.lexicographicallyPrecedes($1) }
        }
        #expect(paths == sorted)
    }
}

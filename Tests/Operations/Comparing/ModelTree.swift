import Comparing
import SnapshotModel
import TestSupport

/// A tree as a dictionary: slow, and plain to see through.
struct ModelTree: Equatable {
    enum Kind: Hashable {
        case file(Int)
        case folder
        case link(Int)
        case pipe
    }

    struct Node: Hashable {
        var kind: Kind
        var mode: UInt16 = 0o644
        var time: Int64 = 0
        var attribute: UInt8?
    }

    /// By path; the root is not in it.
    var nodes: [String: Node] = [:]

    /// Paths in no order that matters, but the same in each run.
    var paths: [String] { nodes.keys.sorted() }

    var folders: [String] { paths.filter { nodes[$0]?.kind == .folder } }

    /// A path and everything below it.
    func subtree(_ path: String) -> [String] {
        paths.filter { $0 == path || $0.hasPrefix(path + "/") }
    }

    /// The folder that a path is in; empty for the root.
    static func folder(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    mutating func remove(_ path: String) {
        for inner in subtree(path) { nodes[inner] = nil }
    }

    mutating func move(_ path: String, to target: String, keepsOld: Bool = false) {
        for inner in subtree(path) {
            let node = nodes[inner]
            if !keepsOld { nodes[inner] = nil }
            nodes[target + inner.dropFirst(path.count)] = node
        }
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }
}

// MARK: - Random trees and edits

extension ModelTree {
    private static func name(_ generator: inout SeededGenerator) -> String {
        // Some sort between a folder's name and what is in it, were the slash not before all.
        let first = generator.pick(["a", "a-", "a b", "a.", "b", "c", "\u{e9}"])
        return first + (generator.oneIn(2) ? "\(generator.number(in: 0...3))" : "")
    }

    private static func node(_ generator: inout SeededGenerator) -> Node {
        var node = Node(kind: .file(generator.number(in: 0...1000)))
        switch generator.number(in: 0...9) {
        case 0...2: node.kind = .folder
        case 3: node.kind = .link(generator.number(in: 0...3))
        case 4: node.kind = .pipe
        default: break
        }
        node.time = Int64(generator.number(in: 0...5))
        if generator.oneIn(8) { node.attribute = UInt8(generator.number(in: 0...2)) }
        return node
    }

    /// A place that is free, in some folder.
    private func freePath(
        _ generator: inout SeededGenerator, outside: String? = nil
    ) -> String {
        let folders = [""] + folders
        while true {
            let folder = generator.pick(folders)
            if let outside, folder == outside || folder.hasPrefix(outside + "/") { continue }
            let path = Self.join(folder, Self.name(&generator) + "\(generator.number(in: 0...99))")
            if nodes[path] == nil { return path }
        }
    }

    static func random(_ generator: inout SeededGenerator) -> Self {
        var tree = Self()
        for _ in 0..<generator.number(in: 0...25) {
            let path = tree.freePath(&generator)
            tree.nodes[path] = node(&generator)
        }
        return tree
    }

    mutating func edit(_ generator: inout SeededGenerator) {
        guard !nodes.isEmpty else {
            nodes[freePath(&generator)] = Self.node(&generator)
            return
        }
        let path = generator.pick(paths)
        switch generator.number(in: 0...8) {
        case 0: nodes[freePath(&generator)] = Self.node(&generator)
        case 1: remove(path)
        case 2, 3: move(path, to: freePath(&generator, outside: path))
        case 4: move(path, to: freePath(&generator, outside: path), keepsOld: true)
        case 5:
            remove(path)
            nodes[path] = Self.node(&generator)
        case 6: nodes[path]?.mode ^= 0o100
        case 7: nodes[path]?.time += 1
        default:
            if case .file = nodes[path]?.kind {
                nodes[path]?.kind = .file(generator.number(in: 0...1000))
            }
        }
    }
}

// MARK: - As a tree that can be compared

/// A tree in memory that counts which listings are read.
final class MemoryTree: ComparedTree {
    private final class Stream: EntryStream {
        private var rest: ArraySlice<Entry>

        init(_ entries: [Entry]) { rest = entries[...] }

        func next() throws -> Entry? { rest.popFirst() }
    }

    let model: ModelTree
    private let children: [String: [String]]
    private var listings: [String: Content] = [:]
    /// Whether it is like a folder of this machine: nobody knows what is in its files.
    let isBlind: Bool
    /// Thrown when a folder is read.
    var failures: [String: any Error] = [:]
    private(set) var readFolders: [String] = []
    private(set) var readFiles: [String] = []

    init(_ model: ModelTree, isBlind: Bool = false) {
        self.model = model
        children = Dictionary(grouping: model.nodes.keys, by: ModelTree.folder(of:))
        self.isBlind = isBlind
    }

    var root: Entry { entry(named: "", at: "", ModelTree.Node(kind: .folder, mode: 0o755)) }

    func entries(of listing: Content, path: [UInt8]) throws -> any EntryStream {
        let folder = String(decoding: path, as: UTF8.self)
        readFolders.append(folder)
        if let failure = failures[folder] { throw failure }
        return Stream(entries(of: folder))
    }

    func has(_ content: Content, path: [UInt8]) throws -> Bool {
        content == fileContent(path)
    }

    func digest(of content: Content, path: [UInt8]) throws -> Digest256 {
        (content.isKnown ? content : fileContent(path)).chunks[0].digest
    }

    private func fileContent(_ path: [UInt8]) -> Content {
        let text = String(decoding: path, as: UTF8.self)
        readFiles.append(text)
        guard case .file(let number) = model.nodes[text]?.kind else { return .empty }
        return Self.content(number)
    }

    private func entries(of folder: String) -> [Entry] {
        (children[folder] ?? []).compactMap { path in
            guard let node = model.nodes[path] else { return nil }
            let name = String(path.split(separator: "/").last ?? "")
            return entry(named: name, at: path, node)
        }.sorted { $0.name < $1.name }
    }

    private func entry(named name: String, at path: String, _ node: ModelTree.Node) -> Entry {
        let kind: EntryKind =
            switch node.kind {
            case .file(let number):
                .file(isBlind ? .unknown(sizeInBytes: UInt64(number % 7)) : Self.content(number))
            case .folder: .directory(isBlind ? .unlisted : listing(path))
            case .link(let number): .symlink(target: [UInt8(number) + 1])
            case .pipe: .fifo
            }
        let attributes = node.attribute.map {
            [ExtendedAttribute(name: Array("user.a".utf8), value: .inline([$0]))]
        }
        return Entry(
            name: FileName(name), kind: kind,
            metadata: Metadata(
                mode: node.mode, userID: 0, groupID: 0,
                modified: Timestamp(seconds: node.time, nanoseconds: 0)),
            extendedAttributes: attributes ?? [])
    }

    /// Many different contents share a size.
    private static func content(_ number: Int) -> Content {
        if number % 7 == 0 { return .empty }
        var generator = SeededGenerator(seed: UInt64(number))
        return Content(sizeInBytes: UInt64(number % 7), levels: 0, chunks: [generator.chunkID()])
    }

    /// The same for equal folders, wherever they are.
    private func listing(_ path: String) -> Content {
        if let known = listings[path] { return known }
        let lines = (children[path] ?? []).map { child in
            let name = child.split(separator: "/").last ?? ""
            guard let node = model.nodes[child] else { return "" }
            let inner = node.kind == .folder ? "\(listing(child).chunks)" : ""
            return "\(name) \(node) \(inner)"
        }
        var content = Content.empty
        if !lines.isEmpty {
            let text = Array(lines.sorted().joined(separator: "\n").utf8)
            content = Content(
                sizeInBytes: 100, levels: 0, chunks: [ChunkID(text.withUnsafeBytes(fakeHash))])
        }
        listings[path] = content
        return content
    }
}

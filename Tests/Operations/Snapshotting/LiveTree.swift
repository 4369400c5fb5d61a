import FileHandles
import Synchronization
import TestSupport
import Testing

/// A tree that never keeps still. Whatever has a name in it is put there whole, and all of it -
/// content, permissions and modification time - follows from one number; so what does not belong
/// together is found out.
final class LiveTree: Sendable {
    private let folder: DiskPath
    private let aside: DiskPath
    private let isStopped = Atomic(false)

    /// - Parameter aside: a folder of the same file system, outside of the tree.
    init(at folder: DiskPath, aside: DiskPath) throws {
        self.folder = folder
        self.aside = aside
        if !folder.exists { try folder.makeDirectory() }
        try aside.makeDirectory()
    }

    /// Ends `change`.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Changes the tree until `stop`.
    func change(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var number: Int64 = 0
        while !isStopped.load(ordering: .relaxed) {
            number += 1
            try changeOnce(number, &generator)
        }
    }

    private func changeOnce(_ number: Int64, _ generator: inout SeededGenerator) throws {
        let path = folder.appending("name \(generator.number(in: 0...40))")
        switch generator.number(in: 0...9) {
        case 0...3: try put(at: path) { try Self.makeFile($0, number) }
        case 4: try put(at: path) { try Self.makeLink($0, number) }
        case 5: try put(at: path) { try $0.makePipe() }
        case 6: try put(at: path) { try Self.makeDirectory($0, number) }
        case 7: try clear(path)
        default: try write(folder.appending("log \(generator.number(in: 0...3))"), &generator)
        }
    }

    /// Makes something aside, and gives it its name in one step.
    private func put(at path: DiskPath, _ make: (DiskPath) throws -> Void) throws {
        let new = aside.appending("new")
        try make(new)
        try clear(path)
        try new.rename(to: path)
    }

    private func clear(_ path: DiskPath) throws {
        guard path.exists else { return }
        let old = aside.appending("old")
        try path.rename(to: old)
        if try old.status().kind == .directory { try old.appending("number").remove() }
        try old.remove()
    }

    /// Changes a file in its place: longer, shorter, or other bytes of one kind.
    private func write(_ path: DiskPath, _ generator: inout SeededGenerator) throws {
        if generator.oneIn(4) { return try path.truncate(to: 0) }
        let size = path.exists ? try path.status().sizeInBytes : 0
        let bytes = [UInt8](repeating: Self.logByte, count: generator.number(in: 1...200_000))
        try path.overwrite(bytes, at: size > 3_000_000 ? 0 : size)
    }

    private static let logByte = UInt8(ascii: "x")
    private static let epoch: Int64 = 1_000_000_000

    private static func content(_ number: Int64) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(number))
        // Empty ones, small ones, and a few that are read in segments.
        let size = number % 7 == 0 ? 0 : number % 31 == 0 ? 2_500_000 : Int(number % 5000)
        return generator.bytes(size)
    }

    private static func permissions(_ number: Int64) -> UInt16 { 0o700 | UInt16(number & 0o77) }

    private static func seal(_ path: DiskPath, _ number: Int64) throws {
        try path.setModified(FileStatus.Time(seconds: epoch + number, nanoseconds: 1))
    }

    private static func makeFile(_ path: DiskPath, _ number: Int64) throws {
        try path.write(content(number))
        try path.setPermissions(permissions(number))
        try seal(path, number)
    }

    private static func makeLink(_ path: DiskPath, _ number: Int64) throws {
        try path.makeLink(to: Array("to \(number)".utf8))
        try seal(path, number)
    }

    private static func makeDirectory(_ path: DiskPath, _ number: Int64) throws {
        try path.makeDirectory()
        try path.appending("number").write(Array("\(number)".utf8))
        try path.setPermissions(permissions(number))
        try seal(path, number)
    }

    /// Expects that in a copy everything belongs together.
    /// - Parameter torn: the paths, within the tree, of files that may be anything.
    static func check(_ copy: DiskPath, torn: Set<[UInt8]>) throws {
        for name in try copy.names() where !torn.contains(name) {
            let path = copy.appending(name)
            let status = try path.status()
            let number = status.modified.seconds - epoch
            let shown = Comment(rawValue: path.text)
            switch status.kind {
            case .file where name.starts(with: "log".utf8):
                #expect(try path.read().allSatisfy { $0 == logByte || $0 == 0 }, shown)
            case .file:
                #expect(try path.read() == content(number), shown)
                #expect(status.permissions == permissions(number), shown)
            case .symlink:
                #expect(try path.linkTarget() == Array("to \(number)".utf8), shown)
            case .directory:
                // Its file may have gone after it was opened, but cannot be another one's.
                let file = path.appending("number")
                guard file.exists else { continue }
                #expect(try file.read() == Array("\(number)".utf8), shown)
                #expect(status.permissions == permissions(number), shown)
            case .fifo: continue
            default: Issue.record("\(path.text) is a \(status.kind)")
            }
        }
    }
}

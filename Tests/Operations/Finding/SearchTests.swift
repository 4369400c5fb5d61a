import ChunkStorage
import FileHandles
import Finding
import SnapshotModel
import TestSupport
import Testing

/// A search finds what reading everything finds, whatever it remembers.
struct SearchTests {
    private static func criteria(_ generator: inout SeededGenerator) throws -> FindCriteria {
        let letter = generator.pick(["a", "e", "0", "1", "x", "."])
        switch generator.number(in: 0...5) {
        case 0: return try FindCriteria(glob: "*")
        case 1: return try FindCriteria(glob: "*\(letter)*")
        case 2: return try FindCriteria(glob: "*/*\(letter)*")
        case 3: return try FindCriteria(glob: "**/*\(letter)*/**")
        case 4: return try FindCriteria(expression: "\(letter == "." ? "\\." : letter).*/")
        default: return try FindCriteria(glob: "no such name")
        }
    }

    @Test(arguments: seeds(count: 8))
    func `what is found is what is there, in the order of the trees`(seed: UInt64) throws {
        let sandbox = try Sandbox(seed: seed)
        var tree = TemporaryTree(at: sandbox.source, seed: seed)
        try tree.grow(entries: 60)
        for _ in 0..<5 {
            _ = try sandbox.snapshot(.now)
            _ = try tree.edit(count: 3)
        }
        let manifests = try sandbox.manifests()
        for _ in 0..<6 {
            let criteria = try Self.criteria(&tree.generator)
            let expected = try sandbox.findByReadingAll(criteria, in: manifests) { _ in true }
            for memory in [0, 2000, 20_000, FindSettings.usualMemoryInBytes] {
                let run = try sandbox.find(criteria, in: manifests, memoryInBytes: memory)
                #expect(run.found == expected, "memory \(memory)")
                #expect(run.counts.found == UInt64(expected.count))
                #expect(run.counts.snapshots == 5 && run.damaged.isEmpty)
            }
        }
    }

    @Test func `listings that snapshots share are read once`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.fill(folders: 20, files: 5)
        for number in 0..<6 {
            try sandbox.source.appending("folder-7/changing").write([UInt8(number)])
            _ = try sandbox.snapshot(.now)
        }
        let manifests = try sandbox.manifests()
        for criteria in [
            try FindCriteria(glob: "nothing"), try FindCriteria(glob: "*"),
            try FindCriteria(expression: "file-3"), try FindCriteria(glob: "folder-1*/file-?"),
        ] {
            let run = try sandbox.find(criteria, in: manifests)
            // The root, and all folders once; then the root and the one that differs.
            #expect(run.counts.readListings == 21 + 5 * 2)
            let all = try sandbox.findByReadingAll(criteria, in: manifests) { _ in true }
            #expect(run.found == all)
        }
        let forgetful = try sandbox.find(
            FindCriteria(glob: "nothing"), in: manifests, memoryInBytes: 0)
        #expect(forgetful.counts.readListings == 6 * 21)
    }

    @Test func `a folder that has moved is read once when only names are looked at`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.fill(folders: 1, files: 3)
        _ = try sandbox.snapshot(.now)
        try sandbox.source.appending("folder-0").rename(to: sandbox.source.appending("moved"))
        _ = try sandbox.snapshot(.now)
        let manifests = try sandbox.manifests()
        let names = try sandbox.find(FindCriteria(glob: "file-1"), in: manifests)
        #expect(names.found == ["0:folder-0/file-1", "1:moved/file-1"])
        #expect(names.counts.readListings == 3)
        let paths = try sandbox.find(FindCriteria(glob: "moved/file-1"), in: manifests)
        #expect(paths.found == ["1:moved/file-1"])
        #expect(paths.counts.readListings == 4)
    }

    @Test func `a folder with more finds than may be remembered is read again`() throws {
        let sandbox = try Sandbox()
        try sandbox.source.fill(folders: 2, files: 40)
        _ = try sandbox.snapshot(.now)
        try sandbox.source.appending("other").write([1])
        _ = try sandbox.snapshot(.now)
        let manifests = try sandbox.manifests()
        let criteria = try FindCriteria(glob: "file-*")
        let run = try sandbox.find(criteria, in: manifests, memoryInBytes: 20_000)
        #expect(run.counts.readListings == 6)
        #expect(run.counts.found == 160)
        #expect(try sandbox.find(criteria, in: manifests).counts.readListings == 4)
    }

    @Test func `types, sizes and times narrow it down`() throws {
        let sandbox = try Sandbox()
        for size in [0, 9, 10, 11] {
            let file = sandbox.source.appending("file-\(size)")
            try file.write([UInt8](repeating: 1, count: size))
            try file.setModified(.init(seconds: 1000 + Int64(size), nanoseconds: 5))
        }
        try sandbox.source.appending("folder").makeDirectory()
        try sandbox.source.appending("link").makeLink(to: Array("file-0".utf8))
        try sandbox.source.appending("pipe").makePipe()
        _ = try sandbox.snapshot(.now)
        let manifests = try sandbox.manifests()
        func found(_ change: (inout FindCriteria) -> Void) throws -> [String] {
            var criteria = try FindCriteria(glob: "*")
            change(&criteria)
            return try sandbox.find(criteria, in: manifests).found.map { String($0.dropFirst(2)) }
        }
        let files = ["file-0", "file-10", "file-11", "file-9"]
        #expect(try found { $0.types = [.file] } == files)
        #expect(try found { $0.types = [.directory, .fifo] } == ["folder", "pipe"])
        #expect(try found { $0.types = [.symlink] } == ["link"])
        #expect(try found { $0.types = [.socket, .characterDevice, .blockDevice] } == [])
        #expect(try found { $0.sizes = [.above(9)] } == ["file-10", "file-11"])
        #expect(try found { $0.sizes = [.below(10)] } == ["file-0", "file-9"])
        #expect(try found { $0.sizes = [.exactly(10)] } == ["file-10"])
        #expect(try found { $0.sizes = [.above(0), .below(11)] } == ["file-10", "file-9"])
        let time = Timestamp(seconds: 1010, nanoseconds: 5)
        #expect(try found { ($0.newerThan, $0.types) = (time, [.file]) } == ["file-11"])
        #expect(try found { $0.olderThan = time } == ["file-0", "file-9"])
    }
}

extension DiskPath {
    /// Makes folders with files in them.
    fileprivate func fill(folders: Int, files: Int) throws {
        for folder in 0..<folders {
            let folder = appending("folder-\(folder)")
            try folder.makeDirectory()
            for file in 0..<files {
                try folder.appending("file-\(file)").write(Array("\(folder.text)\(file)".utf8))
            }
        }
    }
}

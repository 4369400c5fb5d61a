import FileHandles
import Foundation
import SnapshotModel
import TarFormat
import TestSupport
import Testing

/// Streams of the encoder as GNU tar extracts them.
struct ExtractionTests {
    private let target: DiskPath
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory(isInMemory: true)
        target = DiskPath(directory.appending("target"))
        try target.makeDirectory()
    }

    private func extract(
        _ members: [(member: TarMember, data: [UInt8])], _ options: String...
    ) throws -> Command {
        var stream: [UInt8] = []
        for (member, data) in members {
            #expect(member.dataInBytes == UInt64(data.count))
            stream += TarEncoder.header(of: member) + data
            stream += TarEncoder.padding(behind: UInt64(data.count))
        }
        stream += TarEncoder.end(behind: UInt64(stream.count))
        let run = try Command(["tar", "-x", "-C", target.text] + options, input: stream)
        #expect(run.exitCode == 0, "\(run.error)")
        return run
    }

    private func member(
        _ path: [UInt8], _ kind: TarMember.Kind,
        _ time: Timestamp = Timestamp(seconds: 1, nanoseconds: 0)
    ) -> TarMember {
        let metadata = Metadata(
            mode: 0o640, userID: geteuid(), groupID: getegid(), modified: time)
        return TarMember(path: path, kind: kind, metadata: metadata)
    }

    @Test(arguments: [
        [0x61], Array("line\nfeed = \\ 7 x=y".utf8), Array("日本".utf8), [0xFF, 0xC3],
        [UInt8](repeating: 0xE9, count: 255), [UInt8](repeating: 0x78, count: 255),
        Array(String(repeating: "ü", count: 127).utf8),
    ])
    func `names and targets of any bytes and lengths`(name: [UInt8]) throws {
        let long = Array([name, name, name].joined(separator: [0x2F]))
        let run = try extract([
            (member(name, .directory), []),
            (member(name + [0x2F] + name, .directory), []),
            (member(long, .file(sizeInBytes: 3)), [1, 2, 3]),
            (member(long + [], .hardLink(target: long)), []),
            (member(Array("link".utf8), .symlink(target: long)), []),
            (member(Array("other".utf8), .hardLink(target: long)), []),
        ])
        // GNU tar does not know the word that says that bytes are no UTF-8, and uses them as such.
        let isText = String(validating: name, as: UTF8.self) != nil
        #expect(run.error.isEmpty || !isText)
        let file = target.appending(name).appending(name).appending(name)
        #expect(try file.read() == [1, 2, 3])
        #expect(try target.appending("link").linkTarget() == long)
        #expect(try target.appending("other").status().inode == file.status().inode)
    }

    @Test(arguments: [
        Timestamp(seconds: 0, nanoseconds: 1), Timestamp(seconds: -1, nanoseconds: 750_000_000),
        Timestamp(seconds: -1_000_000_000, nanoseconds: 999_999_999),
        Timestamp(seconds: 5_000_000_000, nanoseconds: 123_456_789),
    ])
    func `times to the nanosecond, also before 1970`(time: Timestamp) throws {
        _ = try extract([(member([0x61], .file(sizeInBytes: 0), time), [])])
        let modified = try target.appending("a").status().modified
        #expect(modified.seconds == time.seconds && modified.nanoseconds == time.nanoseconds)
    }

    @Test func `a file of 9 GiB that is all hole`() throws {
        var map = SparseMap()
        let size: UInt64 = 9 * 1024 * 1024 * 1024
        map.append(hole: size)
        _ = try extract([(member([0x61], .sparseFile(map)), [])])
        #expect(try target.appending("a").status().sizeInBytes == size)
    }

    @Test(arguments: seeds(count: 20))
    func `holes stay holes, data stay data`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (map, plain, data): (SparseMap, [UInt8], [UInt8]) = (SparseMap(), [], [])
        for _ in 0..<generator.number(in: 1...40) {
            let count = generator.number(in: 0...20_000)
            if generator.oneIn(2) {
                let zeros = map.append(hole: UInt64(count))
                data += [UInt8](repeating: 0, count: Int(zeros))
                plain += [UInt8](repeating: 0, count: count)
            } else {
                let bytes = generator.bytes(count)
                map.append(data: UInt64(count))
                plain += bytes
                data += bytes
            }
        }
        _ = try extract([
            (member([0x61], .sparseFile(map)), data),
            (member([0x62], .file(sizeInBytes: 1)), [7]),
        ])
        #expect(try target.appending("a").read() == plain, "seed \(seed)")
        #expect(try target.appending("b").read() == [7], "seed \(seed)")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `large numbers of owners`() throws {
        let metadata = Metadata(
            mode: 0o6755, userID: 3_000_000, groupID: 4_000_000_000,
            modified: Timestamp(seconds: 1, nanoseconds: 0))
        var file = TarMember(path: [0x61], kind: .file(sizeInBytes: 0), metadata: metadata)
        file.userName = "nobody of this name, which is longer than the field for it"
        file.groupName = "Gruppe für alle"
        _ = try extract([(file, [])], "-p")
        let status = try target.appending("a").status()
        #expect(status.userID == 3_000_000 && status.groupID == 4_000_000_000)
        #expect(status.permissions == 0o6755)
    }

    @Test(.enabled(if: geteuid() == 0, "device files need root"))
    func `devices and pipes`() throws {
        _ = try extract([
            (member([0x61], .characterDevice(DeviceNumber(major: 4095, minor: 1_048_575))), []),
            (member([0x62], .blockDevice(DeviceNumber(major: 7, minor: 3))), []),
            (member([0x63], .fifo), []),
        ])
        let first = try target.appending("a").status()
        #expect(first.kind == .characterDevice)
        #expect(first.deviceMajor == 4095 && first.deviceMinor == 1_048_575)
        #expect(try target.appending("b").status().kind == .blockDevice)
        #expect(try target.appending("c").status().kind == .fifo)
    }

    @Test(.enabled(if: Self.hasAttributes, "the file system has no user attributes"))
    func `extended attributes of any bytes`() throws {
        let values: [(name: String, value: [UInt8])] = [
            ("user.plain", Array("text".utf8)), ("user.binary", [0, 0xFF, 0x0A, 0x3D]),
            ("user.a=b%3D", [1]), ("user.empty", []),
        ]
        var file = member([0x61], .file(sizeInBytes: 0))
        file.attributes = values.map { .init(name: Array($0.name.utf8), value: $0.value) }
        _ = try extract([(file, [])], "--xattrs", "--xattrs-include=*")
        let script = """
            import os, sys
            for name in sorted(os.listxattr(sys.argv[1])):
                print(name, list(os.getxattr(sys.argv[1], name)))
            """
        let found = try Command(["python3", "-c", script, target.appending("a").text]).text
        let expected = values.sorted { $0.name < $1.name }.map { "\($0.name) \($0.value)\n" }
        #expect(found == expected.joined())
    }

    private static let hasAttributes: Bool = {
        let script = "import os, sys; os.setxattr(sys.argv[1], 'user.test', b'')"
        do {
            let directory = try TemporaryDirectory(isInMemory: true)
            return try Command(["python3", "-c", script, directory.text]).exitCode == 0
        } catch {
            return false
        }
    }()
}

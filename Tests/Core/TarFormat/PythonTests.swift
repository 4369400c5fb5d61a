import Foundation
import SnapshotModel
import TarFormat
import TestSupport
import Testing

/// Random members as Python's tarfile reads them: a reader that shares nothing with GNU tar.
struct PythonTests {
    private struct Found: Decodable, Equatable {
        var name: String
        var link: String
        var type: String
        var size: UInt64
        var mode: UInt16
        var uid: UInt32
        var gid: UInt32
        var uname: String
        var gname: String
        var mtime: Double
    }

    private static let script = """
        import json, sys, tarfile
        def text(name): return name.encode("utf-8", "surrogateescape").hex()
        for m in tarfile.open(fileobj=sys.stdin.buffer, mode="r|"):
            print(json.dumps(dict(
                name=text(m.name), link=text(m.linkname), type=m.type.decode(), size=m.size,
                mode=m.mode, uid=m.uid, gid=m.gid, uname=text(m.uname), gname=text(m.gname),
                mtime=float(m.mtime))))
        """

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static func kind(_ generator: inout SeededGenerator) -> TarMember.Kind {
        let target = path(&generator)
        switch generator.number(in: 0...6) {
        case 0: return .directory
        case 1: return .symlink(target: target)
        case 2: return .hardLink(target: target)
        case 3: return .fifo
        case 4: return .characterDevice(DeviceNumber(major: 1, minor: 3))
        case 5: return .blockDevice(DeviceNumber(major: .max, minor: .max))
        default: return .file(sizeInBytes: 0)
        }
    }

    private static func path(_ generator: inout SeededGenerator) -> [UInt8] {
        let names = generator.array(1...12) { $0.fileName().bytes }
        return Array(names.joined(separator: [0x2F]))
    }

    private static func expected(_ member: TarMember) -> Found {
        var (type, link): (String, [UInt8]) = ("0", [])
        switch member.kind {
        case .file, .sparseFile: type = "0"
        case .hardLink(let target): (type, link) = ("1", target)
        case .symlink(let target): (type, link) = ("2", target)
        case .characterDevice: type = "3"
        case .blockDevice: type = "4"
        case .directory: type = "5"
        case .fifo: type = "6"
        }
        let metadata = member.metadata
        return Found(
            name: hex(member.path), link: hex(link), type: type, size: member.dataInBytes,
            mode: metadata.mode, uid: metadata.userID, gid: metadata.groupID,
            uname: hex(member.userName.utf8), gname: hex(member.groupName.utf8),
            mtime: Double(metadata.modified.seconds)
                + Double(metadata.modified.nanoseconds) / 1_000_000_000)
    }

    @Test(arguments: seeds(count: 4))
    func `random members come out as they went in`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var members: [TarMember] = []
        for _ in 0..<300 {
            var member = TarMember(
                path: Self.path(&generator), kind: Self.kind(&generator),
                metadata: generator.metadata())
            member.userName = generator.pick([
                "", "ann", "Jürgen", String(repeating: "u", count: 40),
            ])
            member.groupName = generator.pick(["", "staff", "日本"])
            if generator.oneIn(3) {
                member.attributes = [
                    .init(name: generator.fileName().bytes, value: generator.bytes(90))
                ]
            }
            members.append(member)
        }
        var stream = Array(members.map(TarEncoder.header(of:)).joined())
        stream += TarEncoder.end(behind: UInt64(stream.count))
        let run = try Command(["python3", "-c", Self.script], input: stream)
        let lines = run.text.split(separator: "\n")
        #expect(lines.count == members.count, "seed \(seed): \(run.error)")
        for (line, member) in zip(lines, members) {
            var found = try JSONDecoder().decode(Found.self, from: Data(line.utf8))
            var expected = Self.expected(member)
            // Both are sums of rounded numbers.
            #expect(abs(found.mtime - expected.mtime) <= abs(expected.mtime) / 1e15)
            (found.mtime, expected.mtime) = (0, 0)
            #expect(found == expected, "seed \(seed)")
        }
    }
}

import SnapshotModel
import TarFormat
import TestSupport
import Testing

/// The bytes of single headers, by the fields that POSIX gives them.
struct HeaderTests {
    private static let metadata = Metadata(
        mode: 0o4751, userID: 1000, groupID: 33,
        modified: Timestamp(seconds: 1_800_000_000, nanoseconds: 0))

    private func header(
        _ path: String, _ kind: TarMember.Kind = .directory, _ metadata: Metadata = Self.metadata
    ) -> [UInt8] {
        TarEncoder.header(
            of: TarMember(path: Array(path.utf8), kind: kind, metadata: metadata))
    }

    private func text(_ bytes: [UInt8], at offset: Int, _ length: Int) -> String {
        String(decoding: bytes[offset..<offset + length].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The records of an extended header in front of a header.
    private func records(_ bytes: [UInt8]) -> [String: String] {
        guard text(bytes, at: 156, 1) == "x" else { return [:] }
        var rest = bytes[512..<512 + (Int(text(bytes, at: 124, 11), radix: 8) ?? 0)]
        var result: [String: String] = [:]
        while let space = rest.firstIndex(of: 0x20) {
            guard let length = Int(String(decoding: rest[..<space], as: UTF8.self)) else { break }
            let record = rest.prefix(length)
            #expect(record.count == length && record.last == 0x0A)
            let equals = record.firstIndex(of: 0x3D) ?? record.endIndex
            let key = String(decoding: record[(space + 1)..<equals], as: UTF8.self)
            result[key] = String(decoding: record[(equals + 1)...].dropLast(), as: UTF8.self)
            rest = rest.dropFirst(length)
        }
        #expect(rest.isEmpty)
        return result
    }

    @Test func `what fits into the fields is one record`() {
        let bytes = header("./folder/name", .file(sizeInBytes: 1234))
        #expect(bytes.count == 512)
        #expect(text(bytes, at: 0, 100) == "./folder/name")
        #expect(text(bytes, at: 100, 8) == "0004751")
        #expect(text(bytes, at: 108, 8) == "0001750")
        #expect(text(bytes, at: 116, 8) == "0000041")
        #expect(text(bytes, at: 124, 12) == "00000002322")
        #expect(text(bytes, at: 136, 12) == "15322351000")
        #expect(text(bytes, at: 156, 1) == "0")
        #expect(Array(bytes[257..<265]) == Array("ustar\u{0}00".utf8))
        let summed = bytes.enumerated().reduce(0) {
            $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element))
        }
        #expect(Int(text(bytes, at: 148, 8), radix: 8) == summed)
        #expect(bytes[154] == 0 && bytes[155] == 0x20)
    }

    @Test func `the largest values of the fields need no record, the next ones do`() {
        let largest = Metadata(
            mode: 0, userID: 2_097_151, groupID: 2_097_151,
            modified: Timestamp(seconds: 8_589_934_591, nanoseconds: 0))
        #expect(header("a", .file(sizeInBytes: 8_589_934_591), largest).count == 512)
        let larger = Metadata(
            mode: 0, userID: 2_097_152, groupID: .max,
            modified: Timestamp(seconds: 8_589_934_592, nanoseconds: 0))
        #expect(
            records(header("a", .file(sizeInBytes: 8_589_934_592), larger)) == [
                "size": "8589934592", "uid": "2097152", "gid": "4294967295",
                "mtime": "8589934592",
            ])
    }

    @Test(arguments: [
        (0, 1, "0.000000001"), (1, 500_000_000, "1.500000000"), (-1, 0, "-1"),
        (-1, 750_000_000, "-0.250000000"), (-2, 500_000_000, "-1.500000000"),
        (-3, 999_999_999, "-2.000000001"), (Int64.min, 0, "-9223372036854775808"),
        (Int64.min, 1, "-9223372036854775807.999999999"),
        (Int64.max, 999_999_999, "9223372036854775807.999999999"),
    ])
    func `times are decimal numbers`(seconds: Int64, nanoseconds: UInt32, text: String) {
        let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        let metadata = Metadata(mode: 0, userID: 0, groupID: 0, modified: time)
        #expect(records(header("a", .fifo, metadata)) == ["mtime": text])
    }

    @Test func `long paths are split at a slash where that helps`() {
        let name = String(repeating: "n", count: 100)
        let prefix = String(repeating: "p", count: 155)
        let whole = header("\(prefix)/\(name)", .fifo)
        #expect(whole.count == 512)
        #expect(text(whole, at: 0, 100) == name)
        #expect(text(whole, at: 345, 155) == prefix)
        for path in ["\(prefix)p/\(name)", "\(prefix)/\(name)n", "\(name)n", "/\(name)"] {
            #expect(records(header(path, .fifo)) == ["path": path], "\(path)")
        }
    }

    @Test func `the length of a record counts itself`() {
        // Around the places where the length gets one digit more.
        for count in Array(101...130) + Array(970...1010) + Array(9_970...10_010) {
            let path = String(repeating: "x", count: count)
            #expect(records(header(path, .fifo)) == ["path": path])
        }
    }

    @Test func `a directory ends in a slash, once`() {
        #expect(text(header("."), at: 0, 100) == "./")
        #expect(text(header("./a/"), at: 0, 100) == "./a/")
    }

    @Test func `the map of a sparse file stands in front of its data`() {
        var map = SparseMap()
        #expect(map.append(hole: 100_000) == 0)
        map.append(data: 3)
        map.append(data: 2)
        #expect(map.append(hole: 1_000) == 507)
        #expect(map.hasHoles)
        let bytes = header("folder/file", .sparseFile(map))
        #expect(
            records(bytes) == [
                "GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                "GNU.sparse.name": "folder/file", "GNU.sparse.realsize": "101005",
            ])
        #expect(bytes.count == 4 * 512)
        let main = Array(bytes[1024...])
        #expect(text(main, at: 0, 100) == "./GNUSparseFile.0/file")
        #expect(text(main, at: 124, 12) == String(repeating: "0", count: 7) + "2000")
        #expect(text(main, at: 512, 512) == "2\n100000\n512\n101005\n0\n")
    }

    @Test func `a stream is filled up to whole blocks`() {
        for size: UInt64 in [0, 512, 9 * 1024, 9 * 1024 + 512, 10 * 1024, 100 * 512] {
            let end = TarEncoder.end(behind: size)
            #expect(end.count >= 1024 && (size + UInt64(end.count)) % 10_240 == 0)
        }
        #expect(TarEncoder.padding(behind: 0).isEmpty)
        #expect(TarEncoder.padding(behind: 1).count == 511)
        #expect(TarEncoder.padding(behind: 1024).isEmpty)
    }
}

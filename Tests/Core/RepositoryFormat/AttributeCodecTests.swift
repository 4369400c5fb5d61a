import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Extended attributes and hard links in entries: Specs/repository-format.md section 7.3, 7.4.
struct AttributeCodecTests {
    private static let id = String(repeating: "c", count: 64)
    private static let content = #""content":{"size":5,"chunks":["\#(id)"]}"#

    @Test func `attributes stand behind what the type needs, and a hard link behind them`() throws {
        let chunk = try #require(ChunkID(hexadecimal: Self.id))
        let entry = Entry(
            name: FileName("a"), kind: .fifo,
            metadata: Metadata(
                mode: 0o644, userID: 1, groupID: 2,
                modified: Timestamp(seconds: 3, nanoseconds: 4)),
            extendedAttributes: [
                ExtendedAttribute(name: [0xFF], value: .inline([])),
                ExtendedAttribute(
                    name: [0xFF, 0x01],
                    value: .content(Content(sizeInBytes: 5, levels: 0, chunks: [chunk]))),
                ExtendedAttribute(name: [0xFF, 0x61], value: .inline([0, 0xFE])),
            ], hardLink: TreePath(Array("b/c".utf8)))
        let expected = line(
            #","xattrs":[{"nameBase64":"/w==","value":""},"#
                + #"{"nameBase64":"/wE=",\#(Self.content)},"#
                + #"{"nameBase64":"/2E=","valueBase64":"AP4="}],"hardLink":"b/c""#)
        #expect(String(decoding: encodeListing([entry]), as: UTF8.self) == expected + "\n")
    }

    @Test func `an entry without them has the bytes that it always had`() throws {
        let entry = try decode(line(""))
        #expect(entry.extendedAttributes.isEmpty)
        #expect(entry.hardLink == nil)
        #expect(encodeListing([entry]) == Array((line("") + "\n").utf8))
    }

    @Test(arguments: [
        #"{"name":"a","value":"b"}"#, #"{"name":"user.a","value":""}"#,
        #"{"name":"a","value":"\u0000"}"#, #"{"nameBase64":"/w==","valueBase64":"/w=="}"#,
        #"{"name":"a",\#(content)}"#, #"{"name":"a","value":"1"},{"name":"b","value":"1"}"#,
        #"{"name":"a","value":"1"},{"name":"a.b","value":"1"}"#,
        #"{"name":"\u00fc","value":"1"},{"nameBase64":"/w==","value":"1"}"#,
    ])
    func `reads attributes`(attributes: String) throws {
        let entry = try decode(line(#","xattrs":[\#(attributes)]"#))
        #expect(!entry.hasUnknownKeys)
        #expect(try decode(encodeListing([entry]).dropLast()) == entry)
    }

    @Test(arguments: [
        // The list.
        "[]", "{}", "\"a\"", "null", "[[]]", "[1]", "[{}]",
        // Names.
        #"[{"value":"b"}]"#, #"[{"name":"","value":"b"}]"#, #"[{"name":"a\u0000","value":"b"}]"#,
        #"[{"nameBase64":"AP8=","value":"b"}]"#, #"[{"nameBase64":"YQ==","value":"b"}]"#,
        #"[{"name":"a","nameBase64":"/w==","value":"b"}]"#, #"[{"name":1,"value":"b"}]"#,
        // Values.
        #"[{"name":"a"}]"#, #"[{"name":"a","value":null}]"#, #"[{"name":"a","value":1}]"#,
        #"[{"name":"a","value":"b","value":"b"}]"#, #"[{"name":"a","valueBase64":"YQ=="}]"#,
        #"[{"name":"a","value":"b","valueBase64":"/w=="}]"#,
        #"[{"name":"a","value":"b",\#(content)}]"#, #"[{"name":"a",\#(content),\#(content)}]"#,
        #"[{"name":"a","content":{"size":0,"chunks":[]}}]"#, #"[{"name":"a","content":{}}]"#,
        #"[{"name":"a","value":"b","later":1}]"#,
        // The order.
        #"[{"name":"a","value":"b"},{"name":"a","value":"b"}]"#,
        #"[{"name":"b","value":"b"},{"name":"a","value":"b"}]"#,
        #"[{"name":"a.b","value":"b"},{"name":"a","value":"b"}]"#,
        #"[{"nameBase64":"/w==","value":"b"},{"name":"z","value":"b"}]"#,
    ])
    func `refuses attributes`(attributes: String) {
        #expect(throws: refusal(.malformed), "\(attributes)") {
            try decode(line(#","xattrs":\#(attributes)"#))
        }
    }

    @Test func `refuses a key that stands twice`() {
        for key in [#","xattrs":[{"name":"a","value":"b"}]"#, #","hardLink":"a""#] {
            #expect(throws: refusal(.malformed)) { try decode(line(key + key)) }
        }
        let both = #","hardLink":"a","hardLinkBase64":"/w==""#
        #expect(throws: refusal(.malformed)) { try decode(line(both)) }
    }

    @Test func `names have 255 bytes at most`() throws {
        let name = String(repeating: "n", count: 255)
        let longest = try decode(line(#","xattrs":[{"name":"\#(name)","value":""}]"#))
        #expect(longest.extendedAttributes.first?.name.count == 255)
        #expect(throws: refusal(.malformed)) {
            try decode(line(#","xattrs":[{"name":"n\#(name)","value":""}]"#))
        }
    }

    @Test func `values in the entry have 4 KiB at most, and four times that together`() throws {
        let full = FormatLimits.inlineAttributeInBytes
        #expect(try decode(values([full])).extendedAttributes.count == 1)
        #expect(try decode(values([full, full, full, full, 0])).extendedAttributes.count == 5)
        for sizes in [[full + 1], [full, full, full, full, 1], [1, full, full, full, full]] {
            #expect(throws: refusal(.limitExceeded)) { try decode(values(sizes)) }
        }
    }

    @Test(
        arguments: [
            ([16 * 1024 * 1024], true), ([16 * 1024 * 1024 + 1], false),
            ([8 * 1024 * 1024, 8 * 1024 * 1024], true),
            ([8 * 1024 * 1024, 8 * 1024 * 1024, 1], false),
            ([UInt64.max], false), ([1, UInt64.max], false),
        ] as [([UInt64], Bool)])
    func `all values together have 16 MiB at most`(sizes: [UInt64], isAllowed: Bool) throws {
        let attributes = sizes.enumerated().map { number, size in
            #"{"name":"\#(number)","content":{"size":\#(size),"chunks":["\#(Self.id)"]}}"#
        }
        let line = line(#","xattrs":[\#(attributes.joined(separator: ","))]"#)
        if isAllowed {
            #expect(try decode(line).extendedAttributes.count == sizes.count)
        } else {
            #expect(throws: refusal(.limitExceeded)) { try decode(line) }
        }
    }

    @Test func `an entry has 256 attributes at most`() throws {
        let most = [Int](repeating: 1, count: FormatLimits.attributes)
        #expect(try decode(values(most)).extendedAttributes.count == most.count)
        #expect(throws: refusal(.limitExceeded)) { try decode(values(most + [1])) }
    }

    /// An entry at all limits at once still fits into a line: none of them stands in vain.
    @Test func `the largest entry fits into a line`() throws {
        let byte: UInt8 = 1
        let names = (0..<FormatLimits.attributes).map { number -> [UInt8] in
            var name = [UInt8](repeating: byte, count: 255)
            name[253] = UInt8(1 + number / 16)
            name[254] = UInt8(1 + number % 16)
            return name
        }
        let value = ExtendedAttribute.Value.inline([UInt8](repeating: byte, count: 64))
        let path = [UInt8](repeating: byte, count: FormatLimits.hardLinkInBytes)
        let chunk = try #require(ChunkID(hexadecimal: Self.id))
        let content = Content(
            sizeInBytes: .max, levels: 9,
            chunks: Array(repeating: chunk, count: FormatLimits.inlineChunks))
        let entry = Entry(
            name: FileName([UInt8](repeating: byte, count: 4096)), kind: .file(content),
            metadata: Metadata(
                mode: 0o7777, userID: .max, groupID: .max,
                modified: Timestamp(seconds: .min, nanoseconds: 999_999_999)),
            extendedAttributes: names.map { ExtendedAttribute(name: $0, value: value) },
            hardLink: TreePath(path))
        let line = encodeListing([entry]).dropLast()
        #expect(line.count <= FormatLimits.listingLineInBytes)
        #expect(line.count > FormatLimits.listingLineInBytes * 8 / 10)
        #expect(try decode(line) == entry)
    }

    @Test(arguments: [
        "a", "a/b", "a/b/c", "...", "a/.../b", "\\u00fc/b", " ", "a/ /b", "-", "a\\nb",
    ])
    func `reads hard links`(path: String) throws {
        let entry = try decode(line(#","hardLink":"\#(path)""#))
        #expect(entry.hardLink?.components.allSatisfy(\.isValid) == true)
        #expect(try decode(encodeListing([entry]).dropLast()) == entry)
    }

    @Test(arguments: [
        #""hardLink":"""#, #""hardLink":"/""#, #""hardLink":"/a""#, #""hardLink":"a/""#,
        #""hardLink":"a//b""#, #""hardLink":".""#, #""hardLink":"..""#, #""hardLink":"./a""#,
        #""hardLink":"a/./b""#, #""hardLink":"../a""#, #""hardLink":"a/../b""#,
        #""hardLink":"a/..""#, #""hardLink":"a\u0000""#, #""hardLink":"\u002fa""#,
        #""hardLink":1"#, #""hardLink":["a"]"#, #""hardLink":null"#, #""hardLinkBase64":"""#,
        #""hardLinkBase64":"YQ==""#, #""hardLinkBase64":"L/8=""#, #""hardLinkBase64":"AP8=""#,
        #""hardLinkBase64":"Li4v/w==""#,
    ])
    func `refuses hard links`(member: String) {
        #expect(throws: refusal(.malformed), "\(member)") { try decode(line(",\(member)")) }
    }

    @Test func `refuses a path of a hard link that is too long`() {
        let path = String(repeating: "a/", count: FormatLimits.hardLinkInBytes / 2)
        #expect(throws: refusal(.limitExceeded)) {
            try decode(line(#","hardLink":"\#(path)aa""#))
        }
    }

    @Test func `directories are no hard links, and carry attributes`() throws {
        let directory =
            line("").replacing(
                #""fifo""#, with: #""directory""#
            ).dropLast() + #","content":{"size":0,"chunks":[]}"#
        #expect(throws: refusal(.malformed)) { try decode(directory + #","hardLink":"a"}"#) }
        let entry = try decode(directory + #","xattrs":[{"name":"a","value":"b"}]}"#)
        #expect(entry.extendedAttributes.count == 1)
    }

    private static let file =
        #"{"name":"a","type":"file","mode":"0644","uid":1,"gid":2,"#
        + #""mtime":[3,4],"content":{"size":0,"chunks":[]}"#

    @Test func `holes stand behind everything else`() throws {
        let text = Self.file + #","hardLink":"b","holes":true}"#
        let entry = try decode(text)
        #expect(entry.hasHoles)
        #expect(!entry.hasUnknownKeys)
        #expect(String(decoding: encodeListing([entry]), as: UTF8.self) == text + "\n")
        #expect(try !decode(Self.file + "}").hasHoles)
    }

    @Test(arguments: [
        "false", "null", "1", "0", "\"true\"", "[]", "[[0,4096]]", "tru", "true,\"holes\":true",
    ])
    func `refuses holes that are not plainly there`(value: String) throws {
        #expect(throws: refusal(.malformed)) {
            try decode(Self.file + #","holes":\#(value)}"#)
        }
    }

    @Test func `only files have holes`() throws {
        #expect(throws: refusal(.malformed)) { try decode(line(#","holes":true"#)) }
        #expect(throws: refusal(.malformed)) {
            try decode(Self.file.replacing(#""file""#, with: #""directory""#) + #","holes":true}"#)
        }
    }

    private func line(_ members: String) -> String {
        #"{"name":"a","type":"fifo","mode":"0644","uid":1,"gid":2,"mtime":[3,4]\#(members)}"#
    }

    /// A line with values of given sizes.
    private func values(_ sizes: [Int]) -> String {
        let attributes = sizes.enumerated().map { number, size in
            let name = String(1000 + number)
            return #"{"name":"\#(name)","value":"\#(String(repeating: "v", count: size))"}"#
        }
        return line(#","xattrs":[\#(attributes.joined(separator: ","))]"#)
    }

    private func decode(_ line: String) throws -> Entry { try decode(Array(line.utf8)) }

    private func decode(_ line: some Collection<UInt8>) throws -> Entry {
        try Array(line).withUnsafeBytes { try EntryCodec.decode($0) }
    }
}

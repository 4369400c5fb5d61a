import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct EntryRefusalTests {
    @Test func theUnchangedLineIsAccepted() throws {
        #expect(try decode(line()).name == FileName("a"))
    }

    @Test(arguments: [
        #""name":"""#, #""name":".""#, #""name":"..""#, #""name":"/""#, #""name":"a/b""#,
        #""name":"../a""#, #""name":"a\u0000""#, #""name":"a\u002fb""#, #""name":"\u002e\u002e""#,
        #""nameBase64":"""#, #""nameBase64":"Yf8""#, #""nameBase64":"Yf9=""#,
        #""nameBase64":"Li4=""#, #""nameBase64":"YQ==""#, #""nameBase64":"L/8=""#,
        #""nameBase64":"AP8=""#, #""name":"a","nameBase64":"Yf8=""#, #""name":1"#, #""name":null"#,
    ])
    func refusesNames(member: String) { expectRefusal(line(name: member)) }

    @Test(arguments: [
        ("\"name\":\"a\",", ""), ("\"type\":\"file\",", ""), ("\"mode\":\"0644\",", ""),
        ("\"uid\":1,", ""), ("\"gid\":2,", ""), ("\"mtime\":[3,4],", ""),
        (",\"content\":{\"size\":0,\"chunks\":[]}", ""), ("\"size\":0,", ""),
        (",\"chunks\":[]", ""), ("file", "File"), ("file", "hardlink"), ("file", "symlink"),
        ("file", "blockDevice"), ("file", "characterDevice"), ("0644", "644"), ("0644", "0648"),
        ("\"uid\":1", "\"uid\":-1"), ("\"uid\":1", "\"uid\":4294967296"),
        ("\"gid\":2", "\"gid\":2.0"), ("[3,4]", "[3]"), ("[3,4]", "[3,4,5]"), ("[3,4]", "[]"),
        ("[3,4]", "[3,1000000000]"), ("[3,4]", "[3,-1]"), ("[3,4]", "[9223372036854775808,0]"),
        ("\"size\":0", "\"size\":1"), ("\"size\":0", "\"size\":-1"),
        ("\"size\":0", "\"size\":0,\"levels\":0"), ("\"size\":0", "\"size\":0,\"levels\":10"),
        ("\"size\":0", "\"size\":0,\"levels\":-1"), ("\"size\":0", "\"size\":0,\"later\":1"),
        ("[]}", "[\"00\"]}"), ("[]}", "[0]}"), ("}}", "}"), ("}}", "}}}"), ("}}", "}} "),
    ])
    func refusesMembers(part: String, replacement: String) {
        #expect(line().contains(part))
        expectRefusal(line().replacing(part, with: replacement, maxReplacements: 1))
    }

    @Test func refusesChunksWithoutSize() {
        let id = String(repeating: "0", count: 64)
        expectRefusal(line().replacing("\"chunks\":[]", with: "\"chunks\":[\"\(id)\"]"))
    }

    @Test(arguments: [
        #""name":"b""#, #""type":"fifo""#, #""mode":"0644""#, #""uid":1"#, #""gid":2"#,
        #""mtime":[3,4]"#, #""content":{"size":0,"chunks":[]}"#,
    ])
    func refusesAKeyThatStandsTwice(member: String) {
        expectRefusal(line().replacing("\"mtime\"", with: member + ",\"mtime\""))
    }

    @Test(arguments: [
        "\"size\":0", "\"chunks\":[]", "\"levels\":1,\"levels\":1",
    ])
    func refusesAKeyOfContentThatStandsTwice(member: String) {
        expectRefusal(line().replacing("{\"size\"", with: "{\(member),\"size\""))
    }

    @Test(arguments: [
        #""target":"""#, #""target":"a\u0000""#, #""targetBase64":"AP8=""#,
        #""targetBase64":"YQ==""#,
        #""target":"a","target":"a""#, #""target":"a","targetBase64":"Yf8=""#, #""later":"a""#,
    ])
    func refusesTargetsOfLinks(member: String) {
        expectRefusal(line(type: "symlink", rest: member))
    }

    @Test(arguments: ["", "[]", "[1]", "[1,2,3]", "[-1,2]", "[4294967296,0]", "[1,\"2\"]", "1"])
    func refusesNumbersOfDevices(number: String) throws {
        expectRefusal(line(type: "blockDevice", rest: "\"device\":\(number)"))
    }

    @Test func readsAsManyChunksAsTheLimitAndNoMore() throws {
        let id = "\"" + String(repeating: "c", count: 64) + "\""
        let most = line(chunks: Array(repeating: id, count: FormatLimits.inlineChunks))
        #expect(try decode(most).kind.content?.chunks.count == FormatLimits.inlineChunks)
        let tooMany = line(chunks: Array(repeating: id, count: FormatLimits.inlineChunks + 1))
        #expect(throws: refusal(.limitExceeded)) { try decode(tooMany) }
    }

    private func line(
        name: String = #""name":"a""#, type: String = "file",
        rest: String = #""content":{"size":0,"chunks":[]}"#
    ) -> String {
        #"{\#(name),"type":"\#(type)","mode":"0644","uid":1,"gid":2,"mtime":[3,4],\#(rest)}"#
    }

    private func line(chunks: [String]) -> String {
        line(rest: #""content":{"size":9,"chunks":[\#(chunks.joined(separator: ","))]}"#)
    }

    private func decode(_ line: String) throws -> Entry {
        try Array(line.utf8).withUnsafeBytes { try EntryCodec.decode($0) }
    }

    private func expectRefusal(_ line: String) {
        #expect(throws: refusal(.malformed), "\(line)") { try decode(line) }
    }
}

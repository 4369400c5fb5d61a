import TestSupport
import Testing
import XMLCodec

struct XMLDocumentTests {
    private func parse(_ text: String) throws -> XMLElement {
        try Array(text.utf8).withUnsafeBytes { try XMLDocument.parse($0) }
    }

    @Test func `a listing comes as a tree in order`() throws {
        let root = try parse(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>bucket</Name><KeyCount>2</KeyCount>
              <Contents><Key>a&amp;b</Key><Size>1</Size></Contents>
              <Contents><Key>c&#34;&quot;</Key><Size>2</Size></Contents>
              <IsTruncated>false</IsTruncated>
            </ListBucketResult>
            """)
        #expect(root.name == "ListBucketResult")
        #expect(root.all("Contents").map { $0.text("Key") } == ["a&b", "c\"\""])
        #expect(root.all("Contents").map { $0.text("Size") } == ["1", "2"])
        #expect(root.text("IsTruncated") == "false")
        #expect(root["Absent"] == nil)
        #expect(root.text("Absent") == nil)
    }

    @Test func `prefixes of name spaces do not matter`() throws {
        let root = try parse(#"<s:Error xmlns:s="urn:x"><s:Code>A</s:Code></s:Error>"#)
        #expect(root.name == "Error")
        #expect(root.text("Code") == "A")
    }

    @Test func `text around and between elements and CDATA is kept with its element`() throws {
        let root = try parse("<a>1<b>x</b>2<![CDATA[<&>]]></a>")
        #expect(root.text == "12<&>")
        #expect(root.text("b") == "x")
    }

    @Test(arguments: [
        "", " ", "no XML", "<a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>\u{1}</a>",
        "{\"json\": true}", "<html><br></html>", "<a", "<a b=c/>",
    ])
    func `what is no XML is refused`(_ text: String) {
        #expect(throws: XMLError.self) { try parse(text) }
    }

    @Test func `a document type is refused before it can grow`() {
        let bomb = """
            <!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>
            """
        #expect { try parse(bomb) } throws: { "\($0)".contains("document type") }
    }

    @Test func `elements nested without end are refused`() {
        let deep = String(repeating: "<a>", count: 100_000)
        #expect { try parse(deep) } throws: { "\($0)".contains("too many elements") }
    }

    @Test(arguments: seeds(count: 20))
    func `damaged documents are refused or read, and never trap`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let whole = Array("<a><b c='d'>e&amp;f</b><g/><!-- h --><i>j</i></a>".utf8)
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0...2 {
                let place = Int(generator.next() % UInt64(bytes.count))
                bytes[place] = UInt8(truncatingIfNeeded: generator.next())
            }
            let cut = Int(generator.next() % UInt64(bytes.count + 1))
            do {
                let root = try bytes.prefix(cut).withUnsafeBytes { try XMLDocument.parse($0) }
                #expect(!root.name.isEmpty)
            } catch let error as XMLError {
                #expect(!error.reason.isEmpty)
            }
        }
    }
}

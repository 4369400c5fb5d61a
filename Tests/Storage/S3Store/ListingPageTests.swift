import ObjectStore
import TestSupport
import Testing

@testable import S3Store

/// One page of a listing.
struct ListingPageTests {
    private func keys(_ content: String) throws -> [String] {
        try ListingPage(page(content)).items.map(\.key)
    }

    @Test(arguments: [
        ("a+b", "a b"), ("a%20b", "a b"), ("a%2Bb", "a+b"), ("a%2bb", "a+b"), ("a%25b", "a%b"),
        ("%E2%82%AC", "\u{20AC}"), ("a&amp;b", "a&b"), ("a%26b", "a&b"), ("%", "%"), ("a/b", "a/b"),
        ("a%2Fb", "a/b"),
    ])
    func `keys are decoded where the page says so`(_ text: String, _ key: String) throws {
        let encoding = "<EncodingType>url</EncodingType>"
        #expect(try keys(encoding + listed(text)) == [key])
        #expect(try keys(listed(text) + encoding) == [key])
        let plain = text.replacing("&amp;", with: "&")
        #expect(try keys(listed(text)) == [plain])
        #expect(try keys(listed(text) + "<EncodingType/>") == [plain])
    }

    @Test(arguments: [
        ("", false), ("<IsTruncated>false</IsTruncated>", false), ("<IsTruncated/>", false),
        ("<IsTruncated>true</IsTruncated>", true), ("<IsTruncated>True</IsTruncated>", true),
        ("<IsTruncated>\n true </IsTruncated>", true), ("<IsTruncated>1</IsTruncated>", false),
        // The end is told by nothing else.
        ("<KeyCount>9</KeyCount><NextContinuationToken>t</NextContinuationToken>", false),
    ])
    func `whether there is more is told by one element`(_ content: String, _ isCut: Bool) throws {
        #expect(try ListingPage(page(content)).isTruncated == isCut)
    }

    @Test func `name spaces, declarations and unknown elements do not matter`() throws {
        let text = """
             <?xml version="1.0" encoding="UTF-8"?>
            <s:ListBucketResult xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/">
              <s:Name>photos</s:Name><s:CommonPrefixes><s:Prefix>x/</s:Prefix></s:CommonPrefixes>
              <s:Contents><s:ETag>"0"</s:ETag><s:Size> 18446744073709551615
              </s:Size><s:Owner><s:Key>no</s:Key></s:Owner><s:Key>a</s:Key></s:Contents>
            </s:ListBucketResult>
            """
        let found = try ListingPage(answer(200, [:], text))
        #expect(found.items.map(\.key) == ["a"])
        #expect(found.items.map(\.sizeInBytes) == [UInt64.max])
        #expect(found.token == nil && found.marker == "a" && !found.isTruncated)
    }

    @Test(arguments: [
        "", "no XML", "<html/>", "<Error><Code>X</Code></Error>", "<ListBucketResult>",
        "<ListAllMyBucketsResult/>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size/></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a\u{1}</Key><Size>1</Size></Contents></ListBucketResult>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult>&b;</ListBucketResult>",
    ])
    func `what is no list is a wrong answer, worth a second question`(_ text: String) {
        let error = #expect(throws: S3Failure.self) { try ListingPage(answer(200, [:], text)) }
        #expect(error?.code == .badAnswer && error?.retry == .twice)
    }

    @Test(arguments: seeds(count: 6))
    func `any damage gives a page or an error`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let good = Array(
            ("<ListBucketResult><EncodingType>url</EncodingType>" + listed("a%20b") + listed("c")
                + "<IsTruncated>true</IsTruncated></ListBucketResult>").utf8)
        for _ in 0..<200 {
            var bytes = good
            for _ in 0..<generator.number(in: 1...4) {
                bytes[generator.number(in: 0...bytes.count - 1)] =
                    UInt8(truncatingIfNeeded: generator.next())
            }
            if generator.oneIn(3) { bytes.removeLast(generator.number(in: 0...bytes.count)) }
            do {
                #expect(try ListingPage(answer(200, [:], body: bytes)).items.count <= 2)
            } catch {
                #expect(error.code == .badAnswer)
            }
        }
    }
}

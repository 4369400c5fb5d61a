import HTTPTransport
import ObjectStore
import SnapshotModel
import XMLCodec

/// One page of a listing, of either version.
struct ListingPage {
    /// An object, by its whole key.
    struct Item {
        let key: String
        let sizeInBytes: UInt64
        /// `nil` when the server tells no time, or none that can be read.
        let modified: StoreTime?
    }

    let items: [Item]
    let isTruncated: Bool
    /// Where version 2 goes on.
    let token: String?
    /// Where version 1 goes on: named by the server, else the last key.
    let marker: String?

    /// Reads a page.
    /// - Throws: `.badAnswer` when it is no list, or a key cannot be read.
    init(_ response: HTTPResponse) throws(S3Failure) {
        let root: XMLElement
        do {
            root = try response.document()
        } catch {
            throw .badAnswer("the answer to a LIST is no XML: \(error)")
        }
        guard root.name == "ListBucketResult" else {
            throw .badAnswer("the answer to a LIST is a \"\(root.name.prefix(60))\"")
        }
        let isEncoded = root.text("EncodingType")?.lowercased() == "url"
        var items: [Item] = []
        for element in root.all("Contents") {
            guard let text = element.text("Key"),
                let size = element.text("Size").flatMap(Self.number)
            else { throw .badAnswer("an object in the answer to a LIST has no key or no size") }
            items.append(
                Item(
                    key: Self.decode(text, isEncoded), sizeInBytes: size,
                    modified: element.text("LastModified").flatMap(Self.time)))
        }
        self.items = items
        isTruncated = root.text("IsTruncated")?.filter { !$0.isWhitespace }.lowercased() == "true"
        // Tokens are not keys: they go back as they came.
        token = root.text("NextContinuationToken").flatMap { $0.isEmpty ? nil : $0 }
        let named = root.text("NextMarker").flatMap { $0.isEmpty ? nil : $0 }
        marker = named.map { Self.decode($0, isEncoded) } ?? items.last?.key
    }

    private static func decode(_ text: String, _ isEncoded: Bool) -> String {
        guard isEncoded else { return text }
        return String(decoding: PercentDecoding.bytes(of: text, plusIsSpace: true), as: UTF8.self)
    }

    /// `2026-11-24T02:01:35.000Z`, with or without the fraction.
    private static func time(_ text: String) -> StoreTime? {
        let whole = text.filter { !$0.isWhitespace }.prefix { $0 != "." && $0 != "Z" }
        return CalendarTime.parse(iso8601: "\(whole)Z").map { StoreTime(seconds: $0.seconds) }
    }

    private static func number(_ text: String) -> UInt64? {
        UInt64(text.filter { !$0.isWhitespace })
    }
}

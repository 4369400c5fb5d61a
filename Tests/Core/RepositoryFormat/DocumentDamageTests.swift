import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct DocumentDamageTests {
    @Test func refusesADescriptionWithAnyFlippedBit() {
        var generator = SeededGenerator(seed: 1)
        let document = Documents.encode(generator.repositoryDescription())
        expectRefusalOfFlippedBits(in: document) { try Documents.decodeDescription($0) }
    }

    @Test func refusesAManifestWithAnyFlippedBit() {
        var generator = SeededGenerator(seed: 1)
        let time = generator.calendarTimestamp()
        let root = RootEntry(content: .empty, metadata: generator.metadata())
        let manifest = Manifest(
            id: SnapshotID(using: &generator), time: time, session: SessionID(using: &generator),
            nonce: Nonce(using: &generator), root: root)
        expectRefusalOfFlippedBits(in: Documents.encode(manifest)) {
            try Documents.decodeManifest($0)
        }
    }

    @Test(arguments: seeds(count: 4))
    func refusesDocumentsCutShortOrGrown(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let document = Documents.encode(generator.repositoryDescription())
        for count in 0..<document.count {
            #expect(throws: FormatError.self) {
                try Documents.decodeDescription(Array(document[..<count]))
            }
        }
        for byte in [0, UInt8(ascii: "\n"), UInt8(ascii: " "), UInt8(ascii: "}")] {
            #expect(throws: FormatError.self) { try Documents.decodeDescription(document + [byte]) }
            #expect(throws: FormatError.self) { try Documents.decodeDescription([byte] + document) }
        }
    }

    @Test func aMissingChecksumIsMalformedAndAWrongOneIsAMismatch() {
        var generator = SeededGenerator(seed: 1)
        let document = Documents.encode(generator.repositoryDescription())
        let text = String(decoding: document, as: UTF8.self)
        let missing = Array((text.dropLast(80) + "}\n").utf8)
        #expect(throws: refusal(.malformed)) { try Documents.decodeDescription(missing) }
        let wrong = Array((text.dropLast(67) + String(repeating: "0", count: 64) + "\"}\n").utf8)
        #expect(throws: refusal(.checksumMismatch)) { try Documents.decodeDescription(wrong) }
    }

    @Test func refusesADocumentBeyondTheLimitWithoutReadingIt() {
        let bytes = [UInt8](repeating: 0, count: FormatLimits.documentInBytes + 1)
        #expect(throws: refusal(.limitExceeded)) { try Documents.decodeDescription(bytes) }
        #expect(throws: refusal(.limitExceeded)) { try Documents.decodeManifest(bytes) }
    }

    private func expectRefusalOfFlippedBits<Value>(
        in document: [UInt8], _ decode: ([UInt8]) throws -> Value
    ) {
        #expect(throws: Never.self) { try decode(document) }
        for position in document.indices {
            for bit in 0..<8 {
                var flipped = document
                flipped[position] ^= 1 << UInt8(bit)
                #expect(throws: FormatError.self, "bit \(bit) of byte \(position)") {
                    try decode(flipped)
                }
            }
        }
    }
}

import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct ListingDecoderTests {
    @Test(arguments: seeds(count: 8))
    func piecesOfAnySizeGiveTheSameEntries(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let entries = generator.entries(0...12)
        let bytes = encodeListing(entries)
        #expect(try decodeListing(bytes) == entries)
        for largest in [1, 7, 100, 5000] {
            var decoder = ListingDecoder()
            var decoded: [Entry] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(generator.number(in: 0...largest))
                rest = rest.dropFirst(piece.count)
                decoded += try piece.withUnsafeBytes { try decoder.decode($0) }
            }
            try decoder.finish()
            #expect(decoded == entries)
        }
    }

    @Test(arguments: seeds(count: 8))
    func refusesNamesThatDoNotAscend(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let entries = generator.entries(4...10)
        guard entries.count >= 2 else { return }
        let position = generator.number(in: 1...entries.count - 1)
        var swapped = entries
        swapped.swapAt(position - 1, position)
        var doubled = entries
        doubled.insert(generator.entry(named: entries[position].name), at: position)
        for broken in [swapped, doubled] {
            #expect(throws: refusal(.malformed)) { try decodeListing(encodeListing(broken)) }
        }
    }

    @Test func remembersTheLastNameFromPieceToPiece() throws {
        var generator = SeededGenerator(seed: 1)
        let bytes = encodeListing([generator.entry()])
        var decoder = ListingDecoder()
        #expect(try bytes.withUnsafeBytes { try decoder.decode($0) }.count == 1)
        #expect(throws: refusal(.malformed)) {
            try bytes.withUnsafeBytes { try decoder.decode($0) }
        }
    }

    @Test(arguments: seeds(count: 4))
    func refusesAListingThatEndsWithinALine(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = encodeListing([generator.entry()])
        for count in 1..<bytes.count {
            #expect(throws: refusal(.malformed)) { try decodeListing(Array(bytes[..<count])) }
        }
    }

    @Test(arguments: ["\n", "\n\n", "{}\n", "[]\n", "\r\n", " \n"])
    func refusesLinesWithoutAnEntry(text: String) {
        #expect(throws: refusal(.malformed)) { try decodeListing(Array(text.utf8)) }
    }

    @Test func anEmptyListingHasNoEntries() throws {
        #expect(try decodeListing([]) == [])
    }

    @Test(arguments: [true, false])
    func refusesALineBeyondTheLimitHoweverItIsCut(inOnePiece: Bool) throws {
        var generator = SeededGenerator(seed: 1)
        let entry = generator.entry(named: FileName("a"))
        let line = String(decoding: encodeListing([entry]), as: UTF8.self)
        let limit = FormatLimits.listingLineInBytes
        for excess in [0, 1] {
            // The line feed at the end is not a part of the line.
            let filler = String(repeating: "x", count: limit + excess - (line.utf8.count - 1) - 7)
            let bytes = Array(line.replacing("{\"n", with: "{\"x\":\"\(filler)\",\"n").utf8)
            let pieces = inOnePiece ? [bytes[...]] : [bytes[..<1000], bytes[1000...]]
            var decoder = ListingDecoder()
            let decode = {
                try pieces.reduce(0) { count, piece in
                    try count + piece.withUnsafeBytes { try decoder.decode($0) }.count
                }
            }
            if excess == 0 {
                #expect(try decode() == 1)
            } else {
                #expect(throws: refusal(.limitExceeded)) { try decode() }
            }
        }
    }

    @Test func refusesToKeepALineWithoutEnd() {
        var decoder = ListingDecoder()
        let piece = [UInt8](repeating: UInt8(ascii: " "), count: 300_000)
        #expect(throws: refusal(.limitExceeded)) {
            for _ in 0..<4 { _ = try piece.withUnsafeBytes { try decoder.decode($0) } }
        }
    }
}

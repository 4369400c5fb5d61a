import Cryptography
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// Markers: their names, and the lists and documents that they hold.
struct MarkerTests {
    private func session(_ generator: inout SeededGenerator) -> SessionID {
        SessionID(using: &generator)
    }

    @Test(arguments: seeds(count: 20))
    func `names tell what they were made of`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let id = session(&generator)
        let act = CondemnationID(using: &generator)
        let lease = UInt32.random(
            in: 0...ProtocolMarker.longestLeaseInSeconds, using: &generator)
        let markers: [ProtocolMarker] = [
            .session(id, leaseInSeconds: lease), .closed(id), .dead(id), .condemned(act),
            .sealed(act), .swept(act),
        ]
        for marker in markers { #expect(ProtocolMarker(name: marker.name) == marker) }
        #expect(Set(markers.map(\.name)).count == markers.count)
    }

    @Test(arguments: [
        "", "indexes/", "indexes/session", "indexes/session.", "indexes/closed.12",
        "indexes/session.00112233445566778899aabbccddeeff",
        "indexes/session.00112233445566778899aabbccddeeff.",
        "indexes/session.00112233445566778899aabbccddeeff.07",
        "indexes/session.00112233445566778899aabbccddeeff.+7",
        "indexes/session.00112233445566778899aabbccddeeff.604801",
        "indexes/session.00112233445566778899aabbccddeeff.1.2",
        "indexes/session.00112233445566778899AABBCCDDEEFF.1",
        "indexes/dead.00112233445566778899aabbccddeeff.1",
        "indexes/other.00112233445566778899aabbccddeeff",
        "snapshots/dead.00112233445566778899aabbccddeeff",
    ])
    func `other names are none`(_ name: String) {
        #expect(ProtocolMarker(name: name) == nil)
    }

    @Test(arguments: seeds(count: 10))
    func `lists come back sorted, each name once`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let owner = session(&generator)
        let count = Int.random(in: 0..<40, using: &generator)
        let packs = (0..<count).map { _ in PackID(generator.chunkID().digest) }
        let ids = (0..<count).map { _ in session(&generator) }
        let packBytes = MarkerList.encode(
            packs: packs + packs, session: owner, hash: SHA256.digest)
        let idBytes = MarkerList.encode(
            sessions: ids.reversed() + ids, session: owner, hash: SHA256.digest)
        try packBytes.withUnsafeBytes { bytes in
            let read = try MarkerList.decodePacks(bytes, hash: SHA256.digest)
            #expect(read.packs == packs.sorted() && read.session == owner)
        }
        try idBytes.withUnsafeBytes { bytes in
            let read = try MarkerList.decodeSessions(bytes, hash: SHA256.digest)
            #expect(read.sessions == ids.sorted() && read.session == owner)
        }
        #expect(packBytes.count == 64 + 32 * count && idBytes.count == 64 + 16 * count)
    }

    @Test func `any flipped bit, any cut and any other kind is refused`() {
        var generator = SeededGenerator(seed: 3)
        let owner = session(&generator)
        let packs = (0..<3).map { _ in PackID(generator.chunkID().digest) }
        let bytes = MarkerList.encode(packs: packs, session: owner, hash: SHA256.digest)
        func isRead(_ bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBytes { (try? MarkerList.decodePacks($0, hash: SHA256.digest)) != nil }
        }
        #expect(isRead(bytes))
        for bit in 0..<bytes.count * 8 {
            var wrong = bytes
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!isRead(wrong), "bit \(bit)")
        }
        for count in 0..<bytes.count { #expect(!isRead(Array(bytes.prefix(count)))) }
        #expect(!isRead(bytes + [0]))
        _ = bytes.withUnsafeBytes { bytes in
            #expect(throws: FormatError.self) {
                try MarkerList.decodeSessions(bytes, hash: SHA256.digest)
            }
        }
    }

    @Test func `names out of order are refused, also with the right checksum`() {
        var generator = SeededGenerator(seed: 4)
        let owner = session(&generator)
        let packs = (0..<2).map { _ in PackID(generator.chunkID().digest) }.sorted()
        var bytes = MarkerList.encode(packs: packs, session: owner, hash: SHA256.digest)
        let (first, second) = (Array(bytes[32..<64]), Array(bytes[64..<96]))
        for wrong in [second + first, first + first] {
            bytes.replaceSubrange(32..<96, with: wrong)
            var body = Array(bytes.prefix(96))
            body.withUnsafeBytes(SHA256.digest).append(to: &body)
            _ = body.withUnsafeBytes { body in
                #expect(throws: FormatError.self) {
                    try MarkerList.decodePacks(body, hash: SHA256.digest)
                }
            }
        }
    }

    @Test(arguments: seeds(count: 300))
    func `any bytes are read or refused`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let size = Int.random(in: 0..<200, using: &generator)
        var bytes = generator.bytes(size)
        if size > 8 { bytes.replaceSubrange(0..<8, with: Array("VARVECD".utf8) + [1]) }
        bytes.withUnsafeBytes { bytes in
            _ = try? MarkerList.decodePacks(bytes, hash: SHA256.digest)
            _ = try? MarkerList.decodeSessions(bytes, hash: SHA256.digest)
            _ = try? DocumentCodec.decodeSession(bytes, hash: SHA256.digest)
        }
    }

    @Test func `a session's document comes back, and a damaged one does not`() throws {
        var generator = SeededGenerator(seed: 5)
        let record = SessionRecord(
            id: session(&generator), host: "lake \"north\"", process: 4711, tool: "varve 0.1.0",
            purpose: "snapshot")
        var bytes = DocumentCodec.encode(record, hash: SHA256.digest)
        let read = try bytes.withUnsafeBytes { bytes in
            try DocumentCodec.decodeSession(bytes, hash: SHA256.digest)
        }
        #expect(read == record)
        bytes[40] ^= 1
        _ = bytes.withUnsafeBytes { bytes in
            #expect(throws: FormatError.self) {
                try DocumentCodec.decodeSession(bytes, hash: SHA256.digest)
            }
        }
    }

    @Test func `a dead session's document says who, by whom and why`() {
        let bits = { (low: UInt64) in RandomBits(high: 0, low: low) }
        let record = DeathRecord(
            session: SessionID(bits(1)), declaredBy: SessionID(bits(2)), reason: "too old")
        let text = String(
            decoding: DocumentCodec.encode(record, hash: SHA256.digest), as: UTF8.self)
        let start = """
            {"format":"varve-dead-session","version":1,\
            "session":"00000000000000000000000000000001",\
            "declaredBy":"00000000000000000000000000000002","reason":"too old","checksum":"
            """
        #expect(text.hasPrefix(start))
    }

    @Test func `the bytes of a list are those of the specification`() {
        let bits = { (low: UInt64) in RandomBits(high: 0, low: low) }
        let bytes = MarkerList.encode(
            sessions: [SessionID(bits(3))], session: SessionID(bits(7)), hash: SHA256.digest)
        let expected: [UInt8] =
            Array("VARVESE".utf8) + [1] + [UInt8](repeating: 0, count: 15) + [7]
            + [1, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 15) + [3]
        #expect(Array(bytes.prefix(48)) == expected)
        #expect(bytes.count == 80)
    }
}

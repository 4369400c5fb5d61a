import Cryptography
import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

/// The markers that Tests/Golden/make-golden.py has written on its own.
struct GoldenMarkerTests {
    private static let other = SessionID(
        RandomBits(high: 0x5E55_1000_0000_0000, low: 0x0000_0000_0000_0002))
    private static let act = CondemnationID(
        RandomBits(high: 0xC0DE_C0DE_0000_0000, low: 0x0000_0000_0000_0003))

    @Test func `the golden list of condemned packs is decoded and encoded to its bytes`() throws {
        let bytes = try goldenFile("condemned.marker")
        let packs = try Golden.packs().map(\.record.id)
        let read = try bytes.withUnsafeBytes {
            try MarkerList.decodePacks($0, hash: SHA256.digest)
        }
        #expect(read.packs == packs.sorted() && read.session == Golden.session)
        for order in [packs, packs.reversed()] {
            let encoded = MarkerList.encode(
                packs: order, session: Golden.session, hash: SHA256.digest)
            #expect(encoded == bytes)
        }
    }

    @Test(arguments: [("sealed.marker", [Golden.session, other]), ("swept.marker", [])])
    func `golden lists of sessions are decoded and encoded to their bytes`(
        file: String, sessions: [SessionID]
    ) throws {
        let bytes = try goldenFile(file)
        let read = try bytes.withUnsafeBytes {
            try MarkerList.decodeSessions($0, hash: SHA256.digest)
        }
        #expect(read.sessions == sessions && read.session == Golden.session)
        let encoded = MarkerList.encode(
            sessions: sessions.reversed(), session: Golden.session, hash: SHA256.digest)
        #expect(encoded == bytes)
    }

    @Test func `the golden session is decoded and encoded to its bytes`() throws {
        let bytes = try goldenFile("session.json")
        let record = SessionRecord(
            id: Golden.session, host: "lake \"nörd\"", process: 4711, tool: "varve 0.1.0",
            purpose: "snapshot")
        let read = try bytes.withUnsafeBytes {
            try DocumentCodec.decodeSession($0, hash: SHA256.digest)
        }
        #expect(read == record)
        #expect(DocumentCodec.encode(record, hash: SHA256.digest) == bytes)
    }

    @Test func `the golden record of a dead session is what is written`() throws {
        let record = DeathRecord(
            session: Golden.session, declaredBy: Self.other,
            reason: "its lease is 0: it looks after itself")
        let bytes = try goldenFile("dead-session.json")
        #expect(DocumentCodec.encode(record, hash: SHA256.digest) == bytes)
    }

    @Test func `the golden names are those of the markers`() throws {
        let markers: [ProtocolMarker] = [
            .session(Golden.session, leaseInSeconds: 21_600),
            .session(Self.other, leaseInSeconds: 0), .closed(Golden.session),
            .dead(Golden.session), .condemned(Self.act), .sealed(Self.act), .swept(Self.act),
        ]
        let names = String(decoding: try goldenFile("marker-names.txt"), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        let sentinels = [ObjectNames.snapshots, ObjectNames.forgotten]
            .map { ObjectNames.sentinel(Golden.session, in: $0) }
        #expect(names == markers.map(\.name) + sentinels)
        #expect(names.compactMap { ProtocolMarker(name: $0) } == markers)
    }

    @Test func `a list as long as allowed is read, and a longer one is refused`() {
        var generator = SeededGenerator(seed: 9)
        let most = FormatLimits.condemnedPacks
        let packs = (0..<most).map { _ in PackID(generator.digest()) }
        var bytes = MarkerList.encode(packs: packs, session: Golden.session, hash: fakeHash)
        #expect(bytes.count == FormatLimits.markerInBytes)
        #expect(bytes.count == 64 + 16 * FormatLimits.notedSessions)
        bytes.withUnsafeBytes { bytes in
            let read = try? MarkerList.decodePacks(bytes, hash: fakeHash)
            #expect(read?.packs.count == most)
        }
        bytes += generator.bytes(32)
        bytes.withUnsafeBytes { bytes in
            #expect(throws: refusal(.limitExceeded)) {
                try MarkerList.decodePacks(bytes, hash: fakeHash)
            }
            #expect(throws: refusal(.limitExceeded)) {
                try MarkerList.decodeSessions(bytes, hash: fakeHash)
            }
        }
    }

    /// Changes some bytes, and mends the checksum of a list now and then, so that what lies behind
    /// it is tried, too.
    private static func mutate(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<generator.number(in: 1...4) {
            let place = generator.number(in: 0...bytes.count - 1)
            switch generator.number(in: 0...3) {
            case 0: bytes[place] ^= 1 << UInt8(generator.number(in: 0...7))
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + 16))
            case 2: bytes.insert(contentsOf: generator.bytes(16), at: place)
            default: bytes = Array(bytes.prefix(place))
            }
            if bytes.isEmpty { return bytes }
        }
        if generator.oneIn(2), bytes.count > Digest256.byteCount {
            bytes.removeLast(Digest256.byteCount)
            let digest = bytes.withUnsafeBytes(SHA256.digest)
            digest.append(to: &bytes)
        }
        return bytes
    }

    @Test(arguments: seeds(count: 40))
    func `golden markers that were changed anywhere are read or refused`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let files = ["condemned.marker", "sealed.marker", "swept.marker", "session.json"]
        for file in files {
            let golden = try goldenFile(file)
            for _ in 0..<50 {
                let bytes = Self.mutate(golden, &generator)
                bytes.withUnsafeBytes { bytes in
                    try? Self.expectSorted(MarkerList.decodePacks(bytes, hash: SHA256.digest).packs)
                    try? Self.expectSorted(
                        MarkerList.decodeSessions(bytes, hash: SHA256.digest).sessions)
                    _ = try? DocumentCodec.decodeSession(bytes, hash: SHA256.digest)
                }
            }
        }
    }

    private static func expectSorted<Name: Comparable>(_ names: [Name]) {
        #expect(zip(names, names.dropFirst()).allSatisfy { $0 < $1 })
    }
}

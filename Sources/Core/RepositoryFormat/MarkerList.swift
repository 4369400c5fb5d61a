// The binary contents of markers (Specs/repository-format.md section 6):
//
//     magic | session | count | names, ascending | SHA-256 of all before
//
// Names are those of packs (32 bytes each) or of sessions (16 bytes each).

package import SnapshotModel

/// Encodes and decodes the lists of names that markers hold.
package enum MarkerList {
    private static let packsMagic: [UInt8] = Array("VARVECD".utf8) + [1]
    private static let sessionsMagic: [UInt8] = Array("VARVESE".utf8) + [1]
    private static let structure = "marker"
    private static let headerLength = 32

    /// How many bytes the content of a `condemned` marker has.
    package static func sizeInBytes(packs: Int) -> Int {
        headerLength + packs * Digest256.byteCount + Digest256.byteCount
    }

    /// The content of a `condemned` marker.
    /// - Parameters:
    ///   - packs: in any order; those that come twice are named once. At most
    ///     `FormatLimits.condemnedPacks` of them.
    ///   - session: the pruner's.
    package static func encode(
        packs: some Sequence<PackID>, session: SessionID, hash: PackLayout.Hash
    ) -> [UInt8] {
        let names = Set(packs).sorted()
        precondition(names.count <= FormatLimits.condemnedPacks, "an act condemns too many packs")
        var bytes = header(packsMagic, session, names.count)
        for name in names { name.digest.append(to: &bytes) }
        return finish(bytes, hash)
    }

    /// The content of a `sealed` or `swept` marker.
    /// - Parameters:
    ///   - sessions: in any order; at most `FormatLimits.notedSessions` of them.
    ///   - session: the pruner's.
    package static func encode(
        sessions: some Sequence<SessionID>, session: SessionID, hash: PackLayout.Hash
    ) -> [UInt8] {
        let names = Set(sessions).sorted()
        precondition(names.count <= FormatLimits.notedSessions, "too many sessions are noted")
        var bytes = header(sessionsMagic, session, names.count)
        for name in names { append(name.bits, to: &bytes) }
        return finish(bytes, hash)
    }

    /// Reads a `condemned` marker.
    /// - Returns: the packs, ascending, and the session that has condemned them.
    /// - Throws: `.malformed`, `.checksumMismatch`, `.limitExceeded`.
    package static func decodePacks(
        _ bytes: UnsafeRawBufferPointer, hash: PackLayout.Hash
    ) throws(FormatError) -> (packs: [PackID], session: SessionID) {
        let count = try check(bytes, packsMagic, nameLength: Digest256.byteCount, hash)
        let packs = (0..<count).map { number in
            // `check` has found room for `count` names, so the address exists.
            PackID(
                Digest256(
                    loading: bytes.baseAddress! + headerLength + number * Digest256.byteCount))
        }
        try checkOrder(packs)
        return (packs, SessionID(PackLayout.bits(bytes, at: 8)))
    }

    /// Reads a `sealed` or `swept` marker.
    /// - Returns: the sessions, ascending, and the session of the pruner that noted them.
    /// - Throws: `.malformed`, `.checksumMismatch`, `.limitExceeded`.
    package static func decodeSessions(
        _ bytes: UnsafeRawBufferPointer, hash: PackLayout.Hash
    ) throws(FormatError) -> (sessions: [SessionID], session: SessionID) {
        let count = try check(bytes, sessionsMagic, nameLength: RandomBits.byteCount, hash)
        let sessions = (0..<count).map { number in
            SessionID(PackLayout.bits(bytes, at: headerLength + number * RandomBits.byteCount))
        }
        try checkOrder(sessions)
        return (sessions, SessionID(PackLayout.bits(bytes, at: 8)))
    }

    private static func header(_ magic: [UInt8], _ session: SessionID, _ count: Int) -> [UInt8] {
        var bytes = magic
        append(session.bits, to: &bytes)
        bytes.append(littleEndian: UInt64(count))
        return bytes
    }

    private static func append(_ bits: RandomBits, to bytes: inout [UInt8]) {
        bytes.append(bigEndian: bits.high)
        bytes.append(bigEndian: bits.low)
    }

    private static func finish(_ bytes: [UInt8], _ hash: PackLayout.Hash) -> [UInt8] {
        var bytes = bytes
        bytes.withUnsafeBytes(hash).append(to: &bytes)
        return bytes
    }

    /// - Returns: how many names there are; there is room for all of them.
    private static func check(
        _ bytes: UnsafeRawBufferPointer, _ magic: [UInt8], nameLength: Int, _ hash: PackLayout.Hash
    ) throws(FormatError) -> Int {
        guard bytes.count <= FormatLimits.markerInBytes else {
            throw FormatError(.limitExceeded, in: structure, at: 0, "\(bytes.count) bytes")
        }
        let rest = bytes.count - headerLength - Digest256.byteCount
        guard rest >= 0, bytes[0..<8].elementsEqual(magic) else {
            throw FormatError(.malformed, in: structure, at: 0, "not such a marker")
        }
        guard rest % nameLength == 0, bytes.uint64(at: 24) == UInt64(rest / nameLength) else {
            throw FormatError(.malformed, in: structure, at: 24, "count and size do not agree")
        }
        let end = bytes.count - Digest256.byteCount
        let expected = hash(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        // There is room for a digest, so the address exists.
        guard Digest256(loading: bytes.baseAddress! + end) == expected else {
            throw FormatError(.checksumMismatch, in: structure, at: end, "checksum differs")
        }
        return rest / nameLength
    }

    private static func checkOrder<Name: Comparable>(_ names: [Name]) throws(FormatError) {
        guard zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw FormatError(.malformed, in: structure, at: headerLength, "names not ascending")
        }
    }
}

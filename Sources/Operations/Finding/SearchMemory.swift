import Cryptography
import SnapshotModel

/// An entry of a listing that a search has to come back to.
struct RememberedEntry {
    /// Of a file without its chunks.
    let entry: Entry
    /// Whether it is what is looked for.
    let isHit: Bool
    /// Whether it is a folder with something below it to come back to.
    let leadsOn: Bool

    init(_ entry: Entry, isHit: Bool, leadsOn: Bool) {
        self.entry =
            if case .file(let content) = entry.kind {
                // Only the size is told, and the chunks of large files would fill the memory.
                entry.with(
                    .file(Content(sizeInBytes: content.sizeInBytes, levels: 0, chunks: [])))
            } else {
                entry
            }
        self.isHit = isHit
        self.leadsOn = leadsOn
    }

    /// About how much memory it takes.
    var sizeInBytes: Int {
        let attributes = entry.extendedAttributes.reduce(0) { sum, attribute in
            let value: Int =
                if case .inline(let bytes) = attribute.value { bytes.count } else { 128 }
            return sum + 96 + attribute.name.count + value
        }
        let target = if case .symlink(let target) = entry.kind { 32 + target.count } else { 0 }
        let chunks = 32 * (entry.kind.content?.chunks.count ?? 0)
        let link = entry.hardLink.map { 32 + $0.bytes.count } ?? 0
        return 256 + entry.name.bytes.count + attributes + target + chunks + link
    }
}

extension Entry {
    fileprivate func with(_ kind: EntryKind) -> Entry {
        Entry(
            name: name, kind: kind, metadata: metadata, extendedAttributes: extendedAttributes,
            hardLink: hardLink, hasHoles: hasHoles, flags: flags, created: created,
            hasUnknownKeys: hasUnknownKeys)
    }
}

/// What was found in listings that were read to their end, within a bound.
///
/// There are two generations: what is asked for moves to the young one, and when that is full the
/// old one goes. So what stays is what the last snapshots had.
struct SearchMemory {
    private struct Remembered {
        let entries: [RememberedEntry]
        let sizeInBytes: Int
    }

    /// What a listing with nothing in it takes: its key and a place in a table.
    private static let fixedInBytes = 96

    private let generationInBytes: Int
    private var young: [Digest256: Remembered] = [:]
    private var old: [Digest256: Remembered] = [:]
    private var youngInBytes = 0

    init(limitInBytes: Int) { generationInBytes = limitInBytes / 2 }

    /// How much may wait to be remembered, in listings that are not read to their end.
    var mostOpenInBytes: Int { generationInBytes / 2 }

    /// What stands for a listing.
    /// - Parameter path: of the folder, where it makes a difference; else empty.
    static func key(_ listing: Content, path: [UInt8]) -> Digest256 {
        var bytes = path
        // No path has a NUL.
        bytes.append(0)
        bytes.append(UInt8(truncatingIfNeeded: listing.levels))
        withUnsafeBytes(of: listing.sizeInBytes) { bytes += $0 }
        for chunk in listing.chunks { chunk.digest.append(to: &bytes) }
        return bytes.withUnsafeBytes(SHA256.digest)
    }

    /// What has to be come back to in a listing.
    /// - Returns: `nil` when that is not known.
    mutating func entries(_ key: Digest256) -> [RememberedEntry]? {
        if let known = young[key] { return known.entries }
        guard let known = old[key] else { return nil }
        insert(known, key)
        return known.entries
    }

    /// Notes what has to be come back to in a listing.
    mutating func insert(_ entries: [RememberedEntry], _ key: Digest256) {
        let size = entries.reduce(Self.fixedInBytes) { $0 + $1.sizeInBytes }
        insert(Remembered(entries: entries, sizeInBytes: size), key)
    }

    private mutating func insert(_ remembered: Remembered, _ key: Digest256) {
        if youngInBytes + remembered.sizeInBytes > generationInBytes {
            old = young
            young = [:]
            youngInBytes = 0
        }
        if young.updateValue(remembered, forKey: key) == nil {
            youngInBytes += remembered.sizeInBytes
        }
    }
}

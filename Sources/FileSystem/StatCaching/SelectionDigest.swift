import Cryptography
import SnapshotModel

/// What the rules come to that select among a directory's entries: those of the run and of all
/// files with rules that count there, in their order. Where it is the same as when the directory
/// was recorded, the rules need not be asked again about an entry that was taken then.
package struct SelectionDigest: Hashable, Sendable {
    static let lengthInBytes = 16

    let high: UInt64
    let low: UInt64

    /// That of a directory of which nothing is known, or asked.
    package static let none = Self(high: 0, low: 0)

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Adds to what counted so far.
    /// - Parameter rules: in their order; equal ones count as the same rules.
    package func adding(_ rules: [[UInt8]]) -> Self {
        var bytes: [UInt8] = []
        StatCacheEntry.append(high, to: &bytes)
        StatCacheEntry.append(low, to: &bytes)
        for rule in rules {
            // With its length, so that no two lists run into the same bytes.
            StatCacheEntry.append(UInt64(rule.count), to: &bytes)
            bytes += rule
        }
        let digest = bytes.withUnsafeBytes(SHA256.digest)
        return Self(high: digest.word0, low: digest.word1)
    }
}

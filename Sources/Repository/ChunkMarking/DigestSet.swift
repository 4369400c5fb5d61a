import Cryptography
package import SnapshotModel
import Synchronization

/// A set of things that are known by a hash of what they consist of; 16 bytes each, and safe to use
/// from any thread.
///
/// Half of a SHA-256 is enough: nobody can make two things that share it.
package final class DigestSet: Sendable {
    /// A hash of a sequence of chunk names with what they are.
    package struct Element: Hashable, Sendable {
        private let high: UInt64
        private let low: UInt64

        /// Hashes a sequence.
        /// - Parameter tag: tells sequences apart that mean different things.
        package init(_ tag: [UInt64], _ ids: some Collection<ChunkID>) {
            var bytes: [UInt8] = []
            bytes.reserveCapacity((tag.count + 1) * 8 + ids.count * Digest256.byteCount)
            for number in tag + [UInt64(ids.count)] {
                withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
            }
            for id in ids { id.digest.append(to: &bytes) }
            let digest = bytes.withUnsafeBytes { SHA256.digest(of: $0) }
            high = digest.word0
            low = digest.word1
        }

        /// A part of the hash will do.
        package func hash(into hasher: inout Hasher) { hasher.combine(high) }
    }

    private let elements = Mutex<Set<Element>>([])

    /// An empty set.
    package init() {}

    /// Adds an element.
    /// - Returns: whether it was not in the set.
    @discardableResult
    package func insert(_ element: Element) -> Bool {
        elements.withLock { $0.insert(element).inserted }
    }

    /// Whether an element is in the set.
    package func contains(_ element: Element) -> Bool { elements.withLock { $0.contains(element) } }
}

import Cryptography
import SnapshotModel
import Synchronization

/// A set of things that are known by a hash of what they consist of; 16 bytes each, and safe to use
/// from any thread.
///
/// Half of a SHA-256 is enough: nobody can make two things that share it.
final class DigestSet: Sendable {
    /// A hash of a sequence of chunk names with what they are.
    struct Element: Hashable {
        private let high: UInt64
        private let low: UInt64

        /// - Parameter tag: tells sequences apart that mean different things.
        init(_ tag: [UInt64], _ ids: some Collection<ChunkID>) {
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

        func hash(into hasher: inout Hasher) { hasher.combine(high) }
    }

    private let elements = Mutex<Set<Element>>([])

    /// - Returns: whether it was not in the set.
    @discardableResult
    func insert(_ element: Element) -> Bool {
        elements.withLock { $0.insert(element).inserted }
    }

    func contains(_ element: Element) -> Bool { elements.withLock { $0.contains(element) } }

    func remove(_ element: Element) { elements.withLock { _ = $0.remove(element) } }
}

/// What a prune may cost and what it has to reach.
package struct PrunePolicy: Hashable, Sendable {
    /// How much may be stored in vain.
    package enum MaximumUnused: Hashable, Sendable {
        /// This part of all bytes that stay, from 0 to 1.
        case fraction(Double)
        /// So many bytes.
        case bytes(UInt64)
        /// Anything: packs are deleted as wholes only.
        case unlimited
    }

    /// Until no more than this is unused, badly used packs are given up.
    package var maximumUnused: MaximumUnused
    /// At most so many bytes are copied; `nil` for any number.
    package var maximumRepackInBytes: UInt64?
    /// How large the packs become that copies go into.
    package var packTargetInBytes: UInt64

    /// Five in a hundred bytes: about what changes between one prune and the next.
    package static let usualMaximumUnused = MaximumUnused.fraction(0.05)

    /// A policy.
    package init(
        maximumUnused: MaximumUnused = usualMaximumUnused, maximumRepackInBytes: UInt64? = nil,
        packTargetInBytes: UInt64
    ) {
        self.maximumUnused = maximumUnused
        self.maximumRepackInBytes = maximumRepackInBytes
        self.packTargetInBytes = packTargetInBytes
    }

    /// The most that may stay unused of so many bytes.
    func limit(ofTotal total: UInt64) -> UInt64 {
        switch maximumUnused {
        case .fraction(let fraction):
            let bytes = Double(total) * min(max(fraction, 0), 1)
            return UInt64(bytes)
        case .bytes(let bytes): return bytes
        case .unlimited: return .max
        }
    }
}

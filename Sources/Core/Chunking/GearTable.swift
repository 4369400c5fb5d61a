/// The 256 random words of the gear hash.
///
/// The default table is the output of SplitMix64 (Steele, Lea and Flood, "Fast Splittable
/// Pseudorandom Number Generators", OOPSLA 2014) from the seed below: any machine and any language
/// makes the same one from five lines. Safe to share between threads.
package final class GearTable: @unchecked Sendable {
    // @unchecked: the words are written in `init` only.

    /// The seed of the default table: the bytes "varve/g1".
    package static let defaultSeed: UInt64 = 0x7661_7276_652F_6731

    /// The table of repositories that are not encrypted.
    package static let standard = GearTable(seed: defaultSeed)

    let words: UnsafePointer<UInt64>

    /// A table made from a seed.
    package init(seed: UInt64) {
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
        var state = seed
        for index in 0..<256 {
            // Wrapping arithmetic is the definition of the generator.
            state = state &+ 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            words[index] = word ^ (word >> 31)
        }
        self.words = UnsafePointer(words)
    }

    deinit { words.deallocate() }

    /// The word of a byte value; for vectors and tests.
    package subscript(byte: UInt8) -> UInt64 { words[Int(byte)] }
}

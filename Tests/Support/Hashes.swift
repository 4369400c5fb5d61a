package import SnapshotModel

/// A fast stand-in for SHA-256: FNV-1a, spread over four words. Any one changed byte changes it.
package func fakeHash(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
    // Wrapping arithmetic is the definition of FNV.
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    var generator = SeededGenerator(seed: state ^ UInt64(bytes.count))
    return generator.digest()
}

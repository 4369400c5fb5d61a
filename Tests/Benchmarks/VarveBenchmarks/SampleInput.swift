import TestSupport

/// The inputs of the benchmarks: the same in every run, on every machine.
enum SampleInput {
    /// Bytes that no compressor makes smaller.
    static func random(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return generator.bytes(count)
    }

    /// Lines of words, of which a few are frequent and most are rare: zstd makes about a third of
    /// it, as of source code.
    static func text(_ count: Int, seed: UInt64 = 2) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        let words = (0..<vocabulary).map { _ in word(&generator) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + longestWord + 1)
        while bytes.count < count {
            // The square of the square of a uniform number prefers small ones, as Zipf's law does.
            let uniform = Double.random(in: 0..<1, using: &generator)
            let squared = uniform * uniform
            bytes.append(contentsOf: words[Int(squared * squared * Double(vocabulary))])
            bytes.append(generator.oneIn(wordsOnALine) ? UInt8(ascii: "\n") : UInt8(ascii: " "))
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private static let vocabulary = 8_000
    private static let longestWord = 12
    private static let wordsOnALine = 9

    private static func word(_ generator: inout SeededGenerator) -> [UInt8] {
        let letters = Array("eeeetttaaooinnshrrdlucmfwypvbgkqjxz_(){};=0123456789".utf8)
        return generator.array(2...longestWord) { $0.pick(letters) }
    }
}

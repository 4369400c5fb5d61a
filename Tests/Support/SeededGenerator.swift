/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same numbers from the same seed everywhere.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator whose output the seed decides.
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        // Wrapping arithmetic is the definition of the generator.
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number from the range.
    package mutating func number(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// Any number of the type, small and large ones about as often.
    package mutating func magnitude<Number: FixedWidthInteger>(
        _: Number.Type = Number.self
    ) -> Number {
        Number(truncatingIfNeeded: next()) >> Number(number(in: 0...Number.bitWidth - 1))
    }

    /// True once in `odds` calls, on average.
    package mutating func oneIn(_ odds: Int) -> Bool { number(in: 1...odds) == 1 }

    /// One of the elements, of which there must be some.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(in: 0...elements.count - 1)]
    }

    /// As many results of `make` as the range allows.
    package mutating func array<Element>(
        _ count: ClosedRange<Int>, of make: (inout Self) -> Element
    ) -> [Element] {
        (0..<number(in: count)).map { _ in make(&self) }
    }
}

import Testing

@testable import HTTPTransport

@Suite struct BodyPoolTests {
    private static let size = 1024 * 1024

    @Test func memoryOfALargeBodyServesTheNextOne() throws {
        let pool = BodyPool()
        var first: HTTPBody? = HTTPBody(capacity: Self.size, from: pool)
        let address = try Self.fill(try #require(first), 1)
        first = nil
        let second = HTTPBody(capacity: Self.size - 1, from: pool)
        #expect(second.count == 0)
        #expect(try Self.fill(second, 2) == address)
        #expect(second.bytes.elementsEqual([2, 2, 2]))
    }

    @Test func bodiesThatAreReadShareNoMemory() throws {
        let pool = BodyPool()
        let bodies = (0..<4).map { _ in HTTPBody(capacity: Self.size, from: pool) }
        let addresses = try bodies.enumerated().map { try Self.fill($1, UInt8($0)) }
        #expect(Set(addresses).count == bodies.count)
        for (number, body) in bodies.enumerated() {
            #expect(body.bytes.elementsEqual([UInt8](repeating: UInt8(number), count: 3)))
        }
    }

    @Test func aLargerBodyGetsMemoryOfItsOwn() throws {
        let pool = BodyPool()
        _ = HTTPBody(capacity: Self.size, from: pool)
        let memory = pool.take(capacity: Self.size + 1)
        // A step more, so that other bodies of about this size can use it.
        #expect(memory.bytes.count == Self.size + 256 * 1024)
        #expect(pool.take(capacity: Self.size).bytes.count == Self.size)
    }

    @Test func theSmallestMemoryThatFitsIsTaken() {
        let pool = BodyPool()
        for factor in [3, 1, 2] { pool.give(BodyMemory(capacity: factor * Self.size)) }
        let taken = (1...3).map { _ in pool.take(capacity: Self.size).bytes.count / Self.size }
        #expect(taken == [1, 2, 3])
    }

    @Test func noMoreThanTheLimitWaits() {
        let pool = BodyPool()
        // A weak reference tells whether the pool has kept the memory.
        let memories = (0..<40).map { _ in WeakMemory(BodyMemory(capacity: Self.size), pool) }
        #expect(memories.count { $0.memory != nil } == 16)
    }

    @Test func smallMemoryIsLetGo() {
        let pool = BodyPool()
        let small = WeakMemory(BodyMemory(capacity: 255 * 1024), pool)
        #expect(small.memory == nil)
        let large = WeakMemory(BodyMemory(capacity: 256 * 1024), pool)
        #expect(large.memory != nil)
    }

    @Test func aBodyThatHasGrownGivesBackWhatItHas() throws {
        let pool = BodyPool()
        var body: HTTPBody? = HTTPBody(capacity: Self.size, from: pool)
        let bytes = [UInt8](repeating: 7, count: Self.size + 1)
        bytes.withUnsafeBytes { body?.append($0) }
        let grown = try #require(body?.bytes)
        #expect(grown.elementsEqual(bytes))
        let address = grown.baseAddress
        body = nil
        #expect(
            pool.take(capacity: 2 * Self.size).bytes.baseAddress
                == address.map { .init(mutating: $0) })
    }

    private final class WeakMemory {
        private(set) weak var memory: BodyMemory?

        init(_ memory: BodyMemory, _ pool: BodyPool) {
            self.memory = memory
            pool.give(memory)
        }
    }

    /// Appends three bytes.
    /// - Returns: where they lie.
    private static func fill(_ body: HTTPBody, _ byte: UInt8) throws -> UnsafeRawPointer {
        [byte, byte, byte].withUnsafeBytes { body.append($0) }
        return try #require(body.bytes.baseAddress)
    }
}

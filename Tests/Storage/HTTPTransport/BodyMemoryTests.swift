import Testing
import WorkerThreads

@testable import HTTPTransport

/// Where the bytes of answers lie.
struct BodyMemoryTests {
    private static let size = 1024 * 1024

    @Test func memoryOfALargeBodyServesTheNextOne() throws {
        let pool = MemoryPool.forBodies()
        var first: HTTPBody? = HTTPBody(capacity: Self.size, from: pool)
        let address = try Self.fill(try #require(first), 1)
        first = nil
        let second = HTTPBody(capacity: Self.size - 1, from: pool)
        #expect(second.count == 0)
        #expect(try Self.fill(second, 2) == address)
        #expect(second.bytes.elementsEqual([2, 2, 2]))
    }

    @Test func bodiesThatAreReadShareNoMemory() throws {
        let pool = MemoryPool.forBodies()
        let bodies = (0..<4).map { _ in HTTPBody(capacity: Self.size, from: pool) }
        let addresses = try bodies.enumerated().map { try Self.fill($1, UInt8($0)) }
        #expect(Set(addresses).count == bodies.count)
        for (number, body) in bodies.enumerated() {
            #expect(body.bytes.elementsEqual([UInt8](repeating: UInt8(number), count: 3)))
        }
    }

    @Test func aBodyThatHasGrownGivesBackWhatItHas() throws {
        let pool = MemoryPool.forBodies()
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

    /// Appends three bytes.
    /// - Returns: where they lie.
    private static func fill(_ body: HTTPBody, _ byte: UInt8) throws -> UnsafeRawPointer {
        [byte, byte, byte].withUnsafeBytes { body.append($0) }
        return try #require(body.bytes.baseAddress)
    }
}

package import WorkerThreads

/// The bytes of an answer, in memory that is written once and never moved.
package final class HTTPBody: @unchecked Sendable {
    // @unchecked: only its maker appends, before anybody else has the object.

    /// The bytes, valid for as long as this object lives.
    package private(set) var bytes: UnsafeRawBufferPointer
    private var memory: PooledMemory
    private let pool: MemoryPool?

    /// An empty body with room for `capacity` bytes.
    package convenience init(capacity: Int) { self.init(capacity: capacity, from: nil) }

    /// An empty body whose memory comes from a pool, and goes back to it.
    package init(capacity: Int, from pool: MemoryPool?) {
        self.pool = pool
        memory = pool?.take(capacity: capacity) ?? PooledMemory(capacity: capacity)
        bytes = UnsafeRawBufferPointer(rebasing: memory.bytes[0..<0])
    }

    deinit { pool?.give(memory) }

    /// The number of bytes.
    package var count: Int { bytes.count }

    /// Appends bytes; beyond the capacity everything moves to memory twice as large.
    package func append(_ more: UnsafeRawBufferPointer) {
        let count = bytes.count + more.count
        if count > memory.bytes.count { grow(to: max(count, 2 * memory.bytes.count)) }
        memory.bytes[bytes.count..<count].copyBytes(from: more)
        bytes = UnsafeRawBufferPointer(rebasing: memory.bytes[0..<count])
    }

    private func grow(to capacity: Int) {
        let larger = PooledMemory(capacity: capacity)
        larger.bytes.copyMemory(from: bytes)
        memory = larger
    }
}

/// The answer to a request, whatever its status.
package struct HTTPResponse: Sendable {
    /// The status, such as 200.
    package let status: Int
    /// The header fields.
    package let fields: HTTPFields
    /// The body, complete; empty where the request's receiver has taken it.
    package let body: HTTPBody
    /// How many bytes of the body the request's receiver has taken; `nil` when it took no part.
    package let receivedInBytes: Int?
    /// How it has come.
    package let connection: HTTPConnection

    /// An answer.
    package init(
        status: Int, fields: HTTPFields, body: HTTPBody, receivedInBytes: Int? = nil,
        connection: HTTPConnection = HTTPConnection()
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.receivedInBytes = receivedInBytes
        self.connection = connection
    }
}

extension MemoryPool {
    /// A pool for the bodies of answers: as much as a few ranges of packs have.
    package static func forBodies() -> MemoryPool {
        MemoryPool(capacityInBytes: 16 * 1024 * 1024)
    }
}

/// The bytes of an answer, in memory that is written once and never moved.
package final class HTTPBody: @unchecked Sendable {
    // @unchecked: only the event loop appends, before anybody else has the object.

    /// The bytes, valid for as long as this object lives.
    package private(set) var bytes: UnsafeRawBufferPointer
    private var memory: UnsafeMutableRawBufferPointer

    /// An empty body with room for `capacity` bytes.
    package init(capacity: Int) {
        memory = .allocate(byteCount: max(1, capacity), alignment: 16)
        bytes = UnsafeRawBufferPointer(rebasing: memory[0..<0])
    }

    deinit { memory.deallocate() }

    /// The number of bytes.
    package var count: Int { bytes.count }

    /// Appends bytes; beyond the capacity everything moves to memory twice as large.
    func append(_ more: UnsafeRawBufferPointer) {
        let count = bytes.count + more.count
        if count > memory.count { grow(to: max(count, 2 * memory.count)) }
        memory[bytes.count..<count].copyBytes(from: more)
        bytes = UnsafeRawBufferPointer(rebasing: memory[0..<count])
    }

    private func grow(to capacity: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: bytes)
        memory.deallocate()
        memory = larger
    }
}

/// The answer to a request, whatever its status.
package struct HTTPResponse: Sendable {
    /// The status, such as 200.
    package let status: Int
    /// The header fields.
    package let fields: HTTPFields
    /// The body, complete.
    package let body: HTTPBody
    /// How it has come.
    package let connection: HTTPConnection

    /// An answer.
    package init(
        status: Int, fields: HTTPFields, body: HTTPBody,
        connection: HTTPConnection = HTTPConnection()
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.connection = connection
    }
}

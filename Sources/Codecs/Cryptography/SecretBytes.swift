internal import CLibcrypto

/// Bytes that are overwritten when the last reference goes: keys, and what they are made of.
package final class SecretBytes: @unchecked Sendable {
    // @unchecked: the memory is filled before the initialiser returns and only read afterwards.

    private let memory: UnsafeMutableRawBufferPointer

    /// So many bytes as `fill` writes them.
    /// - Parameter count: at least 1.
    package init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        precondition(count > 0, "no secret bytes")
        memory = .allocate(byteCount: count, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        fill(memory)
    }

    deinit {
        // Unlike other ways to overwrite, this one is not optimised away.
        OPENSSL_cleanse(memory.baseAddress, memory.count)
        memory.deallocate()
    }

    /// The number of bytes.
    package var count: Int { memory.count }

    /// Calls `body` with the bytes, which it must not keep.
    package func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeRawBufferPointer(memory))
    }
}

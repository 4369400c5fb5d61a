internal import CLibcrypto
package import SnapshotModel

/// SHA-256 (FIPS 180-4) by OpenSSL, which uses the processor's instructions for it.
package struct SHA256: ~Copyable {
    private let context: OpaquePointer

    /// Fetched once: looking an algorithm up costs more than hashing a small chunk.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    /// A hash of no bytes so far; for one thread at a time.
    package init() {
        guard let context = EVP_MD_CTX_new(), let algorithm = Self.algorithm else {
            // libcrypto's default provider always has SHA-256; without memory nothing goes on.
            preconditionFailure("libcrypto has no SHA-256")
        }
        self.context = context
        Self.require(EVP_DigestInit_ex2(context, algorithm, nil))
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Hashes further bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        Self.require(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    /// The digest of all bytes so far; starts anew behind it.
    package mutating func finish() -> Digest256 {
        let digest = withUnsafeTemporaryAllocation(byteCount: Digest256.byteCount, alignment: 8) {
            Self.require(
                EVP_DigestFinal_ex(
                    context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nil))
            // The allocation has 32 bytes, so it has an address.
            return Digest256(loading: $0.baseAddress!)
        }
        Self.require(EVP_DigestInit_ex2(context, nil, nil))
        return digest
    }

    /// The digest of `bytes`; nothing may have been hashed since the start or the last `finish`.
    package mutating func digest(of bytes: UnsafeRawBufferPointer) -> Digest256 {
        update(bytes)
        return finish()
    }

    /// The digest of some bytes, for callers that hash rarely.
    package static func digest(of bytes: UnsafeRawBufferPointer) -> Digest256 {
        var hash = SHA256()
        return hash.digest(of: bytes)
    }

    private static func require(_ result: CInt) {
        // Hashing fails only through misuse of the context, never because of the input.
        precondition(result == 1, "libcrypto failed to hash")
    }
}

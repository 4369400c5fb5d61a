internal import CLibcrypto
package import SnapshotModel

/// HMAC (RFC 2104) with SHA-256, for the signatures of requests.
package enum HMACSHA256 {
    /// The code that authenticates a message.
    /// - Parameters:
    ///   - message: the message; may be empty.
    ///   - key: the key, of any length; longer ones than 64 bytes are hashed first.
    package static func code(
        of message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
    ) -> Digest256 {
        withUnsafeTemporaryAllocation(byteCount: Digest256.byteCount, alignment: 8) { space in
            // Without an address libcrypto takes an empty message or key for a missing one; the
            // allocation has 32 bytes, so it has an address.
            let place = UnsafeRawPointer(space.baseAddress!)
            let result = HMAC(
                EVP_sha256(), key.baseAddress ?? place, CInt(key.count),
                (message.baseAddress ?? place).assumingMemoryBound(to: UInt8.self), message.count,
                space.baseAddress!.assumingMemoryBound(to: UInt8.self), nil)
            // It fails only without memory, and then nothing goes on.
            precondition(result != nil, "libcrypto failed to authenticate")
            return Digest256(loading: place)
        }
    }

    /// The code that authenticates a text.
    package static func code(of message: String, key: [UInt8]) -> [UInt8] {
        var message = message
        var bytes: [UInt8] = []
        message.withUTF8 { text in
            key.withUnsafeBytes {
                code(of: UnsafeRawBufferPointer(text), key: $0).append(to: &bytes)
            }
        }
        return bytes
    }
}

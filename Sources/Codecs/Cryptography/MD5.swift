internal import CLibcrypto

/// MD5 (RFC 1321), which protects against accidents only: some servers demand it in the field
/// `Content-MD5`, and nothing else uses it.
package enum MD5 {
    /// The number of bytes of a digest.
    package static let byteCount = 16

    /// A system that is told to use approved algorithms only has MD5 too where it is asked for
    /// without that property.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "MD5", "-fips")

    /// The digest of some bytes.
    package static func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { space, count in
            let result = EVP_Digest(
                bytes.baseAddress, bytes.count, space.baseAddress, nil, algorithm, nil)
            // libcrypto's default provider always has MD5.
            precondition(result == 1, "libcrypto has no MD5")
            count = byteCount
        }
    }

    /// The digest as `Content-MD5` says it: in base 64 (RFC 1864).
    package static func contentMD5(of bytes: UnsafeRawBufferPointer) -> String {
        let digest = digest(of: bytes)
        // Four characters for each three bytes begun, and a NUL.
        var text = [UInt8](repeating: 0, count: 4 * ((byteCount + 2) / 3) + 1)
        let count = EVP_EncodeBlock(&text, digest, CInt(digest.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }
}

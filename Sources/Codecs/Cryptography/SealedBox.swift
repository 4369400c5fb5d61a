internal import CLibcrypto

/// Authenticated encryption: AES-256-GCM (NIST SP 800-38D).
package enum SealedBox {
    /// The bytes of a key.
    package static let keyBytes = 32
    /// The bytes of a nonce; with one key each nonce may be used once only.
    package static let nonceBytes = 12
    /// How many bytes a box has more than what is in it.
    package static let tagBytes = 16

    /// Encrypts bytes.
    /// - Parameters:
    ///   - authenticated: other bytes that must be the same when the box is opened.
    ///   - key: `keyBytes` bytes.
    ///   - nonce: `nonceBytes` bytes.
    /// - Returns: the box: as many bytes as `plain`, and the tag.
    package static func seal(
        _ plain: [UInt8], authenticated: [UInt8], key: SecretBytes, nonce: [UInt8]
    ) -> [UInt8] {
        precondition(key.count == keyBytes && nonce.count == nonceBytes, "sizes of key and nonce")
        return withContext { context in
            var box = [UInt8](repeating: 0, count: plain.count + tagBytes)
            var length: CInt = 0
            key.withBytes { key in
                let key = key.assumingMemoryBound(to: UInt8.self).baseAddress
                require(EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, nil))
            }
            require(
                EVP_EncryptUpdate(
                    context, nil, &length, authenticated, CInt(authenticated.count)))
            box.withUnsafeMutableBufferPointer { box in
                require(
                    EVP_EncryptUpdate(context, box.baseAddress, &length, plain, CInt(plain.count)))
                // A box has room for the tag, so there is an address.
                let end = box.baseAddress! + plain.count
                require(EVP_EncryptFinal_ex(context, end, &length))
                require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CInt(tagBytes), end))
            }
            return box
        }
    }

    /// Opens a box.
    /// - Returns: `nil` when it was sealed with another key, nonce or authenticated bytes, or is
    ///   damaged; nothing of it is given then.
    package static func open(
        _ box: [UInt8], authenticated: [UInt8], key: SecretBytes, nonce: [UInt8]
    ) -> [UInt8]? {
        guard key.count == keyBytes, nonce.count == nonceBytes, box.count >= tagBytes else {
            return nil
        }
        let count = box.count - tagBytes
        return withContext { context in
            // One more, so that there is an address also for a box with nothing in it.
            var plain = [UInt8](repeating: 0, count: count + 1)
            var tag = Array(box[count...])
            var length: CInt = 0
            key.withBytes { key in
                let key = key.assumingMemoryBound(to: UInt8.self).baseAddress
                require(EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, nil))
            }
            require(
                EVP_DecryptUpdate(
                    context, nil, &length, authenticated, CInt(authenticated.count)))
            require(EVP_DecryptUpdate(context, &plain, &length, box, CInt(count)))
            require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CInt(tagBytes), &tag))
            var rest: [UInt8] = [0]
            guard EVP_DecryptFinal_ex(context, &rest, &length) == 1 else { return nil }
            return Array(plain[..<count])
        }
    }

    private static func withContext<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        guard let context = EVP_CIPHER_CTX_new() else {
            preconditionFailure("no memory for a cipher")
        }
        defer { EVP_CIPHER_CTX_free(context) }
        return body(context)
    }

    private static func require(_ result: CInt) {
        // With right sizes it fails only without memory, never because of the input.
        precondition(result == 1, "libcrypto failed to encrypt")
    }
}

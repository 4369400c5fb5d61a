internal import CLibcrypto

/// Makes keys of passphrases so that guessing takes time and memory: scrypt (RFC 7914).
package enum Scrypt {
    /// What a derivation costs: 128 * r * N bytes of memory, and time in proportion.
    package struct Cost: Hashable, Sendable {
        /// The binary logarithm of N.
        package let logN: UInt8
        /// The size of blocks.
        package let r: UInt64
        /// How often everything is done.
        package let p: UInt64

        /// A cost.
        package init(logN: UInt8, r: UInt64, p: UInt64) {
            self.logN = logN
            self.r = r
            self.p = p
        }

        /// 128 MiB, and some tenths of a second: what OWASP's Password Storage Cheat Sheet asks for
        /// at least.
        package static let usual = Cost(logN: 17, r: 8, p: 1)
    }

    /// A key for a passphrase.
    /// - Parameters:
    ///   - salt: bytes that no other key has.
    ///   - count: the bytes of the key, at least 1.
    /// - Returns: `nil` when there is not enough memory, or the cost makes no sense.
    package static func key(
        from passphrase: String, salt: [UInt8], _ cost: Cost, count: Int
    ) -> SecretBytes? {
        guard cost.logN < 32 else { return nil }
        var isDone = false
        var passphrase = passphrase
        let key = passphrase.withUTF8 { text in
            SecretBytes(count: count) { space in
                let memoryLimit = 256 * cost.r * (1 << UInt64(cost.logN)) + 1024 * 1024
                isDone =
                    EVP_PBE_scrypt(
                        text.withMemoryRebound(to: CChar.self) { $0.baseAddress }, text.count,
                        salt, salt.count, 1 << UInt64(cost.logN), cost.r, cost.p, memoryLimit,
                        space.baseAddress?.assumingMemoryBound(to: UInt8.self), space.count) == 1
            }
        }
        return isDone ? key : nil
    }
}

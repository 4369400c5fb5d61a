import Cryptography
import TestSupport
import Testing

struct ScryptTests {
    private struct Vector: Sendable {
        let passphrase: String
        let salt: String
        let cost: Scrypt.Cost
        let key: String
    }

    /// RFC 7914, section 12; the one that takes a gigabyte is left out.
    private static let vectors = [
        Vector(
            passphrase: "", salt: "", cost: Scrypt.Cost(logN: 4, r: 1, p: 1),
            key: """
                77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
                fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906
                """),
        Vector(
            passphrase: "password", salt: "NaCl", cost: Scrypt.Cost(logN: 10, r: 8, p: 16),
            key: """
                fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
                2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640
                """),
        Vector(
            passphrase: "pleaseletmein", salt: "SodiumChloride",
            cost: Scrypt.Cost(logN: 14, r: 8, p: 1),
            key: """
                7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
                d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887
                """),
    ]

    @Test(arguments: vectors.indices)
    func `the published keys come out`(number: Int) throws {
        let vector = Self.vectors[number]
        let key = try #require(
            Scrypt.key(
                from: vector.passphrase, salt: Array(vector.salt.utf8), vector.cost, count: 64))
        #expect(key.withBytes { hexadecimal(Array($0)) } == vector.key)
    }

    @Test func `every part of the input makes another key`() throws {
        let cost = Scrypt.Cost(logN: 4, r: 1, p: 1)
        func key(_ passphrase: String, _ salt: [UInt8], _ cost: Scrypt.Cost) throws -> [UInt8] {
            let key = Scrypt.key(from: passphrase, salt: salt, cost, count: 32)
            return try #require(key).withBytes { Array($0) }
        }
        let keys = try [
            key("a", [1], cost), key("b", [1], cost), key("a", [2], cost),
            key("a", [1], Scrypt.Cost(logN: 5, r: 1, p: 1)),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(try key("a", [1], cost) == keys[0])
    }

    @Test(arguments: [0, 32, 60] as [UInt8])
    func `a cost that makes no sense gives no key`(logN: UInt8) {
        let cost = Scrypt.Cost(logN: logN, r: 8, p: 1)
        #expect(Scrypt.key(from: "a", salt: [1], cost, count: 32) == nil)
    }
}

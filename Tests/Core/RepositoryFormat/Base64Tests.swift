import Foundation
import TestSupport
import Testing

// Base64 is internal to the format: nothing but names that are not UTF-8 uses it.
@testable import RepositoryFormat

struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func agreesWithTheVectorsOfRFC4648(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == Array(text.utf8))
        #expect(Base64.decode(Array(text.utf8)) == Array(plain.utf8))
    }

    @Test(arguments: seeds(count: 8))
    func agreesWithAnotherImplementation(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in 0..<40 {
            let bytes = generator.bytes(count)
            let text = Base64.encode(bytes)
            #expect(String(decoding: text, as: UTF8.self) == Data(bytes).base64EncodedString())
            #expect(Base64.decode(text) == bytes)
        }
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "Z===", "=Zg=", "Zg==Zg==", "Zm9v ",
        "Zm9v\n", "Zm-_", "Zm9\u{0}", "Z=g=", "Zm8=Zm8=",
    ])
    func refusesWhatNoBytesEncodeTo(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }

    @Test(arguments: seeds(count: 8))
    func whatDecodesIsTheOneEncoding(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in 0..<60 {
            let damaged = generator.damaged(Base64.encode(generator.bytes(count % 12)))
            if let bytes = Base64.decode(damaged) { #expect(Base64.encode(bytes) == damaged) }
        }
    }
}

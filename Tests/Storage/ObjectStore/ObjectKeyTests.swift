import ObjectStore
import Testing

struct ObjectKeyTests {
    @Test(arguments: [
        "a", "0", "Z", "-", "_", "a.b", "a..b", "a.", "a/b", "a/b.c/d-e_f", "varve.json",
        String(repeating: "x", count: 250),
    ])
    func takesNamesThatEveryStoreTakes(name: String) {
        #expect(ObjectKey(listed: name)?.description == name)
        #expect(ObjectKey(name).description == name)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", ".a", "a/.b", "a/../b", "a/./b", "a b", "a\n",
        "a\u{0}", "a\\b", "a:b", "a+b", "a%2Fb", "a*", "ä", "a/日", "a@", "a`", "a[", "a{",
        String(repeating: "x", count: 251),
    ])
    func refusesAllOtherNames(name: String) {
        #expect(ObjectKey(listed: name) == nil)
    }

    @Test func refusesEveryCharacterThatIsNotOnTheList() {
        let letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/._-"
        for byte in UInt8.min...UInt8(0x7F) {
            let scalar = Unicode.Scalar(byte)
            let isAllowed = letters.unicodeScalars.contains(scalar)
            #expect((ObjectKey(listed: "a\(scalar)a") != nil) == isAllowed)
        }
    }

    @Test func orderIsTheOrderOfTheBytes() {
        let names = ["-", "0", "A", "Z", "_", "a", "a-", "a.", "a/b", "a0", "aA", "b"]
        let keys = names.map { ObjectKey($0) }
        #expect(keys.shuffled().sorted() == keys)
        let ordered = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(ordered == names)
    }
}

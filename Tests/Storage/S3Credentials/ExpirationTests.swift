import RequestSigning
import TestSupport
import Testing

@testable import S3Credentials

struct ExpirationTests {
    @Test(
        arguments: [
            ("2027-01-15T08:00:00Z", 1_800_000_000), ("2027-01-15T08:00:00z", 1_800_000_000),
            ("2027-01-15T08:00:00.5Z", 1_800_000_000),
            ("2027-01-15T08:00:00.123456Z", 1_800_000_000),
            ("2027-01-15T08:00:00+00:00", 1_800_000_000),
            ("2027-01-15T08:00:00-0000", 1_800_000_000),
            ("2027-01-15T10:30:00+02:30", 1_800_000_000),
            ("2027-01-15T03:00:00-05:00", 1_800_000_000),
            ("2027-01-15T10:00:00.000+02:00", 1_800_000_000), ("1970-01-01T00:00:00Z", 0),
        ] as [(String, Int64)])
    func momentsAreRead(text: String, seconds: Int64) {
        #expect(Expiration.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "soon", "1800000000", "2027-01-15", "2027-01-15T08:00:00", "2027-13-15T08:00:00Z",
        "2027-01-15 08:00:00Z", "2027-01-15T08:00:00.Z", "2027-01-15T08:00:00+2",
        "2027-01-15T08:00:00+99:00", "2027-01-15T08:00:00+00:60", "2027-01-15T08:00:00Zx",
        "2027-01-15T08:00:00*00:00",
    ])
    func otherTextsAreNot(text: String) {
        #expect(Expiration.parse(text) == nil)
    }

    /// Whatever a service sends, reading it ends.
    @Test(arguments: seeds(count: 8))
    func damagedDocumentsAreReadOrRefused(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let document = Array(Surroundings.document("AKID").utf8)
        #expect(CredentialsDocument(document) != nil)
        var usable = 0
        for _ in 0..<300 {
            do throws(CredentialsDocument.BadField) {
                let damaged = CredentialsDocument(generator.damaged(document))
                if try damaged?.credentials() != nil { usable += 1 }
            } catch {
                #expect(["AccessKeyId", "SecretAccessKey", "Expiration"].contains(error.field))
            }
        }
        #expect(usable < 300)
    }
}

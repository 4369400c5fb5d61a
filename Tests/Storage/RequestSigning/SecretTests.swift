import RequestSigning
import Testing

struct SecretTests {
    private let marker = "marker-of-a-secret"

    @Test func noTextShowsASecret() {
        let credentials = Credentials(
            accessKeyID: "AKID", secretAccessKey: Secret(marker), sessionToken: Secret(marker))
        var texts = ["\(credentials)", String(reflecting: credentials)]
        for value in [credentials.secretAccessKey as Any, credentials, [credentials]] {
            var text = ""
            dump(value, to: &text)
            texts += [text, "\(value)", String(describing: Mirror(reflecting: value).children)]
        }
        for text in texts { #expect(!text.contains(marker)) }
        #expect("\(Secret(marker))" == "****")
        #expect(Secret(marker).revealed == marker)
    }

    @Test func staticCredentialsStayTheSame() {
        let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: Secret(marker))
        let source = StaticCredentials(credentials)
        #expect(source.credentials(insteadOf: nil) == credentials)
        #expect(source.credentials(insteadOf: credentials) == credentials)
    }
}

package import HTTPTransport
internal import RequestSigning

/// What the services within a machine's or a container's own network have in common.
package enum MetadataService {
    /// They answer at once or are not there.
    private static let timeoutInMilliseconds = 1000

    /// How to talk to them: quickly, and never through a proxy.
    package static var settings: HTTPSettings {
        var settings = HTTPSettings()
        settings.connectionLimit = 1
        settings.connectTimeoutInMilliseconds = timeoutInMilliseconds
        settings.stallTimeoutInSeconds = timeoutInMilliseconds / 1000
        settings.proxy = ""
        return settings
    }

    /// Answers are a few kilobytes.
    static let answerLimitInBytes = 64 * 1024

    static func text(_ response: HTTPResponse) -> String {
        withExtendedLifetime(response.body) { String(decoding: response.body.bytes, as: UTF8.self) }
    }

    /// Reads credentials; messages name fields only.
    static func credentials(
        _ response: HTTPResponse, from source: String, remedy: String
    ) throws(CredentialsError) -> Credentials {
        guard let document = CredentialsDocument(Array(text(response).utf8)) else {
            throw CredentialsError(
                .unusable, source, cause: "the answer is no JSON object", remedy: remedy)
        }
        do {
            return try document.credentials()
        } catch {
            let word = document.code.flatMap { code in
                code.utf8.allSatisfy { (0x30...0x7A).contains($0) } && code.utf8.count < 64
                    && code != "Success" ? " (\(code))" : nil
            }
            throw CredentialsError(
                .unusable, source, cause: "the answer has no usable \(error.field)\(word ?? "")",
                remedy: remedy)
        }
    }
}

internal import FileHandles
internal import HTTPTransport
internal import RequestSigning

/// The credentials of a container, from a service that variables name.
struct ContainerCredentials {
    private static let source = "container credentials"
    private static let usualHost = "169.254.170.2"
    /// Where a token may go unencrypted: services of containers, and this machine itself.
    private static let localHosts: Set = [
        usualHost, "169.254.170.23", "[fd00:ec2::23]", "localhost", "[::1]",
    ]
    private static let tokenLimitInBytes = 64 * 1024
    /// The service is asked again where it does not answer; then its trouble is shown.
    private static let attempts = 3

    let environment: [String: String]
    let sender: any RequestSender

    /// Asks the service; `nil` when no variable names one.
    func credentials() throws(CredentialsError) -> Credentials? {
        let url: HTTPURL
        if let path = environment.value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/"),
                let parsed = ServiceURL.parse("http://\(Self.usualHost)\(path)")
            else {
                throw unusable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path of a URL")
            }
            url = parsed
        } else if let text = environment.value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            guard let parsed = ServiceURL.parse(text) else {
                throw unusable("AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL")
            }
            url = parsed
            guard url.scheme == .https || Self.isLocal(url.host) else {
                throw unusable(
                    "\(url.host) is neither reached by https nor one of the hosts that give "
                        + "credentials to containers")
            }
        } else {
            return nil
        }
        var request = HTTPRequest(.get, url)
        request.answerLimitInBytes = MetadataService.answerLimitInBytes
        request.fields.append("Accept", "application/json")
        if let token = try token() { request.fields.append("Authorization", token) }
        return try MetadataService.credentials(
            try send(request), from: Self.source, remedy: Self.remedy)
    }

    private func send(_ request: HTTPRequest) throws(CredentialsError) -> HTTPResponse {
        var cause = ""
        for _ in 0..<Self.attempts {
            do {
                let response = try sender.send(request)
                if response.status == 200 { return response }
                cause = "\(request.url.authority) answers with status \(response.status)"
                if response.status < 500 { break }
            } catch {
                cause = "\(error)"
            }
        }
        throw unusable(cause)
    }

    /// What the service wants to see; read anew each time, because files of tokens change.
    private func token() throws(CredentialsError) -> String? {
        var token = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if let path = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            do {
                token = try SmallFile.read(path, limitInBytes: Self.tokenLimitInBytes)
            } catch {
                throw unusable("the token's file \(path) cannot be read: \(error.reason)")
            }
        }
        guard let text = token.map({ String(Substring($0).trimmed) }) else { return nil }
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw unusable("the authorization token has characters that no field may have")
        }
        return text
    }

    private static func isLocal(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback =
            parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return isLoopback || localHosts.contains(host)
    }

    private static let remedy =
        "check the variables AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI and the role of "
        + "the container"

    private func unusable(_ cause: String) -> CredentialsError {
        CredentialsError(.unusable, Self.source, cause: cause, remedy: Self.remedy)
    }
}

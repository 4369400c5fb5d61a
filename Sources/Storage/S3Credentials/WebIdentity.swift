internal import FileHandles
internal import HTTPTransport
internal import RequestSigning
internal import XMLCodec

/// The credentials of a role for a token in a file: AssumeRoleWithWebIdentity of AWS's Security
/// Token Service, which needs no signature.
struct WebIdentity {
    private static let source = "web identity"
    private static let tokenLimitInBytes = 64 * 1024
    /// The service is asked again where it does not answer; then its trouble is shown.
    private static let attempts = 3

    let tokenPath: String
    let role: String?
    let sessionName: String?
    let durationInSeconds: String?
    /// `AWS_ENDPOINT_URL_STS`.
    let endpoint: String?
    let region: String?
    let time: Int64
    let sender: any RequestSender

    /// Exchanges the token, which is read anew each time.
    func credentials() throws(CredentialsError) -> Credentials {
        guard let role else {
            throw unusable("a token's file is given, but no role: AWS_ROLE_ARN or role_arn")
        }
        let token = try token()
        var items = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", sessionName ?? "varve-\(time)"), ("WebIdentityToken", token),
        ]
        if let durationInSeconds { items.append(("DurationSeconds", durationInSeconds)) }
        var request = HTTPRequest(.post, try url())
        request.answerLimitInBytes = MetadataService.answerLimitInBytes
        request.fields.append("Content-Type", "application/x-www-form-urlencoded")
        request.fields.append("Accept", "application/xml")
        // In the body, because what stands in a URL is logged by proxies.
        request.body = [Array(PercentEncoding.canonicalQuery(items).utf8)]
        return try read(try send(request, token))
    }

    private func send(
        _ request: HTTPRequest, _ token: String
    ) throws(CredentialsError) -> HTTPResponse {
        var cause = ""
        for _ in 0..<Self.attempts {
            do {
                let response = try sender.send(request)
                if response.status == 200 { return response }
                let error = Self.document(response)?["Error"]
                let code = error?.text("Code") ?? ""
                cause = [
                    "\(request.url.authority) answers with status \(response.status)", code,
                    error?.text("Message") ?? "",
                ].filter { !$0.isEmpty }.joined(separator: ": ")
                // What the service says may quote the token.
                if cause.contains(token) { cause = "status \(response.status)" }
                if response.status < 500, code != "IDPCommunicationError" { break }
            } catch {
                cause = "\(error)"
            }
        }
        throw unusable(cause)
    }

    private func read(_ response: HTTPResponse) throws(CredentialsError) -> Credentials {
        let result = Self.document(response)?["AssumeRoleWithWebIdentityResult"]?["Credentials"]
        guard let id = result?.text("AccessKeyId"), let secret = result?.text("SecretAccessKey"),
            let token = result?.text("SessionToken"), !id.isEmpty, !secret.isEmpty,
            let end = result?.text("Expiration").flatMap({ Expiration.parse($0) })
        else { throw unusable("the answer holds no credentials") }
        return Credentials(
            accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: Secret(token),
            expiration: end)
    }

    private static func document(_ response: HTTPResponse) -> XMLElement? {
        withExtendedLifetime(response.body) {
            do {
                return try XMLDocument.parse(response.body.bytes)
            } catch {
                // A proxy's page, for example; the callers say what they miss.
                return nil
            }
        }
    }

    private func token() throws(CredentialsError) -> String {
        let text: String?
        do {
            text = try SmallFile.read(tokenPath, limitInBytes: Self.tokenLimitInBytes)
        } catch {
            throw unusable("the token's file \(tokenPath) cannot be read: \(error.reason)")
        }
        guard let text = text.map({ Substring($0).trimmed }), !text.isEmpty else {
            throw unusable("the token's file \(tokenPath) is empty or too long")
        }
        return String(text)
    }

    private func url() throws(CredentialsError) -> HTTPURL {
        if let endpoint {
            guard let url = ServiceURL.parse(endpoint), url.query.isEmpty else {
                throw unusable("AWS_ENDPOINT_URL_STS is no URL")
            }
            return url
        }
        guard let region, region != "aws-global" else {
            return HTTPURL(.https, host: "sts.amazonaws.com")
        }
        guard
            region.utf8.allSatisfy({
                $0 == 0x2D || (0x30...0x39).contains($0)
                    || (0x61...0x7A).contains($0)
            })
        else { throw unusable("the region is no region of AWS") }
        let suffix = region.hasPrefix("cn-") ? ".cn" : ""
        return HTTPURL(.https, host: "sts.\(region).amazonaws.com\(suffix)")
    }

    private func unusable(_ cause: String) -> CredentialsError {
        CredentialsError(
            .unusable, Self.source, cause: cause,
            remedy: "check AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and the trust of that role")
    }
}

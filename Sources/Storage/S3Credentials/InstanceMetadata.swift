internal import HTTPTransport
internal import RequestSigning

/// The credentials of a machine's role, from the service of EC2 (version 2, with session tokens).
struct InstanceMetadata {
    /// What came of it.
    enum Outcome {
        case credentials(Credentials)
        /// There is no service or no role; why, in words.
        case none(String)
    }

    private static let source = "instance metadata"
    private static let usualEndpoint = "http://169.254.169.254"
    private static let usualEndpointOfIPv6 = "http://[fd00:ec2::254]"
    private static let rolesPath = "/latest/meta-data/iam/security-credentials/"
    private static let tokenLifetimeInSeconds = 6 * 60 * 60

    let environment: [String: String]
    let sender: any RequestSender

    /// Asks the service, once.
    func credentials() throws(CredentialsError) -> Outcome {
        if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" {
            return .none("switched off by AWS_EC2_METADATA_DISABLED")
        }
        var base = try endpoint()
        if base.path.hasSuffix("/") { base.path.removeLast() }
        do {
            return try fetch(base)
        } catch let error as HTTPError {
            return .none("\(error)")
        } catch let error as CredentialsError {
            throw error
        } catch {
            throw unusable("\(error)")
        }
    }

    private func fetch(_ base: HTTPURL) throws -> Outcome {
        let seconds = String(Self.tokenLifetimeInSeconds)
        let token = try sender.send(
            request(
                .put, base, "/latest/api/token", ("x-aws-ec2-metadata-token-ttl-seconds", seconds)))
        guard token.status == 200, let tokenText = line(token) else {
            return .none("the service gives no token (status \(token.status))")
        }
        let field = ("x-aws-ec2-metadata-token", tokenText)
        let roles = try sender.send(request(.get, base, Self.rolesPath, field))
        guard roles.status == 200, let role = line(roles) else {
            return .none("the machine has no role (status \(roles.status))")
        }
        let path = Self.rolesPath + PercentEncoding.query(role.utf8)
        let answer = try sender.send(request(.get, base, path, field))
        guard answer.status == 200 else {
            throw unusable("no credentials for the machine's role (status \(answer.status))")
        }
        return .credentials(
            try MetadataService.credentials(answer, from: Self.source, remedy: Self.remedy))
    }

    private func request(
        _ method: HTTPMethod, _ base: HTTPURL, _ path: String, _ field: (String, String)
    ) -> HTTPRequest {
        var url = base
        url.path += path
        var request = HTTPRequest(method, url)
        request.answerLimitInBytes = MetadataService.answerLimitInBytes
        request.fields.append(field.0, field.1)
        return request
    }

    /// The first line of an answer, which must be fit for a field; `nil` for anything else.
    private func line(_ response: HTTPResponse) -> String? {
        let text = MetadataService.text(response)
        guard let line = text.split(whereSeparator: \.isNewline).first?.trimmed, !line.isEmpty,
            line.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        return String(line)
    }

    private func endpoint() throws(CredentialsError) -> HTTPURL {
        let mode = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased()
        let text =
            environment.value("AWS_EC2_METADATA_SERVICE_ENDPOINT")
            ?? (mode == "ipv6" ? Self.usualEndpointOfIPv6 : Self.usualEndpoint)
        guard let url = ServiceURL.parse(text), url.query.isEmpty else {
            throw unusable("AWS_EC2_METADATA_SERVICE_ENDPOINT is no URL")
        }
        return url
    }

    private static let remedy =
        "check the role of this machine, or set AWS_EC2_METADATA_DISABLED=true to do without it"

    private func unusable(_ cause: String) -> CredentialsError {
        CredentialsError(.unusable, Self.source, cause: cause, remedy: Self.remedy)
    }
}

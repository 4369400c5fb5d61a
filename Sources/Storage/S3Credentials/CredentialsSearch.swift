internal import HTTPTransport
internal import RequestSigning

/// One search through all sources, in their order.
struct CredentialsSearch: Sendable {
    struct Result {
        let source: String
        let credentials: Credentials
    }

    let settings: CredentialsSettings
    let sender: any RequestSender
    let metadataSender: any RequestSender
    let runner: any CommandRunner
    let clock: @Sendable () -> Int64

    private var environment: [String: String] { settings.environment }

    /// The first source that has credentials.
    func run() throws(CredentialsError) -> Result {
        if settings.profile == nil, let found = try fromEnvironment() {
            return Result(source: "the environment", credentials: found)
        }
        let files = try ProfileFiles(environment: environment, home: settings.home)
        let profile = try selectedProfile(files)
        if let profile, profile["role_arn"] != nil, profile["web_identity_token_file"] == nil {
            // Its keys, if any, may take the role, but have none of its rights.
            throw Self.unsupported(profile, "a role to be assumed")
        }
        if let found = try fromWebIdentity(profile) {
            return Result(source: "the web identity", credentials: found)
        }
        if let profile, let found = try fromProfile(profile) { return found }
        let container = ContainerCredentials(environment: environment, sender: metadataSender)
        if let found = try container.credentials() {
            return Result(source: "the container", credentials: found)
        }
        return Result(source: "the machine's role", credentials: try fromInstance())
    }

    private func fromEnvironment() throws(CredentialsError) -> Credentials? {
        let token =
            environment.value("AWS_SESSION_TOKEN") ?? environment.value("AWS_SECURITY_TOKEN")
        return try Self.pair(
            id: environment.value("AWS_ACCESS_KEY_ID"),
            secret: environment.value("AWS_SECRET_ACCESS_KEY"), token: token,
            names: ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), source: "the environment")
    }

    /// The profile; one that somebody has named must exist.
    private func selectedProfile(_ files: ProfileFiles) throws(CredentialsError) -> Profile? {
        if let name = settings.profile ?? ProfileFiles.selectedName(environment) {
            return try files.requiredProfile(name)
        }
        return files.profile("default")
    }

    private func fromWebIdentity(_ profile: Profile?) throws(CredentialsError) -> Credentials? {
        // As with keys, a profile that is named counts more than the environment.
        let variables = settings.profile == nil ? environment : [:]
        let path =
            variables.value("AWS_WEB_IDENTITY_TOKEN_FILE") ?? profile?["web_identity_token_file"]
        guard let path else { return nil }
        let region =
            settings.region ?? environment.value("AWS_REGION")
            ?? environment.value("AWS_DEFAULT_REGION") ?? profile?.region
        return try WebIdentity(
            tokenPath: path, role: variables.value("AWS_ROLE_ARN") ?? profile?["role_arn"],
            sessionName: variables.value("AWS_ROLE_SESSION_NAME") ?? profile?["role_session_name"],
            durationInSeconds: profile?["duration_seconds"],
            endpoint: environment.value("AWS_ENDPOINT_URL_STS"), region: region, time: clock(),
            sender: sender
        ).credentials()
    }

    private func fromProfile(_ profile: Profile) throws(CredentialsError) -> Result? {
        let source = "profile \(profile.name)"
        if let found = try Self.keys(profile.credentialsValues, source) {
            return Result(source: source, credentials: found)
        }
        if let command = profile["credential_process"] {
            let process = CredentialProcess(
                command: command, profile: profile.name, runner: runner)
            return Result(
                source: "credential_process of \(source)", credentials: try process.credentials())
        }
        if let found = try Self.keys(profile.values, source) {
            return Result(source: source, credentials: found)
        }
        for key in ["sso_session", "sso_start_url", "login_session"] where profile[key] != nil {
            throw Self.unsupported(profile, "a single sign-on")
        }
        return nil
    }

    private func fromInstance() throws(CredentialsError) -> Credentials {
        var tried = "neither the environment nor profile files nor a container has any"
        if settings.allowsInstanceMetadata {
            let metadata = InstanceMetadata(environment: environment, sender: metadataSender)
            switch try metadata.credentials() {
            case .credentials(let credentials): return credentials
            case .none(let reason): tried += "; instance metadata: \(reason)"
            }
        }
        throw CredentialsError(
            .missing, "any source", cause: tried,
            remedy: "give the remote an access key, or set AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, or name a profile that has them")
    }

    private static func keys(
        _ values: [String: String], _ source: String
    ) throws(CredentialsError) -> Credentials? {
        try pair(
            id: values.value("aws_access_key_id"), secret: values.value("aws_secret_access_key"),
            token: values.value("aws_session_token") ?? values.value("aws_security_token"),
            names: ("aws_access_key_id", "aws_secret_access_key"), source: source)
    }

    /// Both halves or none: half a pair is a mistake, not a reason to look elsewhere.
    private static func pair(
        id: String?, secret: String?, token: String?, names: (id: String, secret: String),
        source: String
    ) throws(CredentialsError) -> Credentials? {
        switch (id, secret) {
        case (nil, nil): return nil
        case (let id?, let secret?):
            return Credentials(
                accessKeyID: id, secretAccessKey: Secret(secret),
                sessionToken: token.map { Secret($0) })
        default:
            let (there, missing) = id == nil ? (names.secret, names.id) : (names.id, names.secret)
            throw CredentialsError(
                .unusable, source, cause: "\(there) is there, but \(missing) is missing",
                remedy: "set both, or neither to have credentials looked for elsewhere")
        }
    }

    private static func unsupported(_ profile: Profile, _ what: String) -> CredentialsError {
        CredentialsError(
            .unusable, "profile \(profile.name)",
            cause: "it has \(what), which is not supported directly",
            remedy: "add a profile with: credential_process = aws configure export-credentials "
                + "--profile \(profile.name) --format process, and name that one")
    }
}

internal import FileHandles
internal import RequestSigning

/// A command that prints credentials: `credential_process` of a profile.
struct CredentialProcess {
    /// People may have to type something meanwhile.
    static let limitInSeconds = 60

    let command: String
    let profile: String
    let runner: any CommandRunner

    /// Runs the command. Its words may hold secrets, so that messages show the first one only.
    func credentials() throws(CredentialsError) -> Credentials {
        guard let words = CommandWords.split(command), let program = words.first else {
            throw unusable("credential_process is no command: a quote has no end, or it is empty")
        }
        let result: ChildProcess.Result
        do {
            result = try runner.run(words, limitInSeconds: Self.limitInSeconds)
        } catch {
            throw unusable("\(program) cannot be started: \(error.reason)")
        }
        switch result.end {
        case .exited(0): break
        case .exited(let code): throw unusable("\(program) failed with exit code \(code)")
        case .killed(let signal): throw unusable("\(program) was ended by signal \(signal)")
        case .timedOut: throw unusable("\(program) took longer than \(Self.limitInSeconds) s")
        case .tooMuchOutput: throw unusable("\(program) printed too much for credentials")
        }
        guard let document = CredentialsDocument(result.output) else {
            throw unusable("\(program) printed no JSON object")
        }
        guard document.version == 1 else {
            throw unusable("\(program) printed no \"Version\": 1, the only one that is known")
        }
        do {
            return try document.credentials()
        } catch {
            throw unusable("\(program) printed no \(error.field) that can be used")
        }
    }

    private func unusable(_ cause: String) -> CredentialsError {
        CredentialsError(
            .unusable, "credential_process of profile \(profile)", cause: cause,
            remedy: "run the command of that profile in a shell and correct what it says")
    }
}

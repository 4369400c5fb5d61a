internal import ArgumentParser
import RemoteSettings
import RequestSigning

/// Options that give a remote keys of its own.
struct KeyOptions: ParsableArguments {
    @Option(help: "The access key's ID.")
    var accessKeyId: String?

    @Option(help: "The secret access key; \"-\" to read it from standard input.")
    var secretAccessKey: String?

    @Option(help: "A file whose first line is the secret access key.")
    var secretAccessKeyFile: String?

    @Option(help: "A command that prints the secret access key; run without a shell.")
    var secretAccessKeyCommand: String?

    @Option(help: "The session token of temporary keys; \"-\" to read it from standard input.")
    var sessionToken: String?

    /// Whether any of them is given.
    var isGiven: Bool {
        [accessKeyId, secretAccessKey, secretAccessKeyFile, secretAccessKeyCommand, sessionToken]
            .contains { $0 != nil }
    }

    /// Gives a remote the keys; on a terminal a missing secret is asked for.
    func apply(to remote: inout Remote) throws {
        if let accessKeyId { remote.accessKeyID = accessKeyId }
        if let secret = try secret(asks: remote.accessKeyID != nil && remote.secret == nil) {
            remote.secret = secret
        }
        if let sessionToken {
            remote.sessionToken =
                try sessionToken == "-"
                ? read("session token")
                : Secret(sessionToken)
        }
        guard (remote.accessKeyID == nil) == (remote.secret == nil) else {
            throw Failure(
                usage: "an access key has an ID and a secret, and one of them is missing",
                remedy: "give --access-key-id and --secret-access-key, or neither")
        }
    }

    private func secret(asks: Bool) throws -> SecretSource? {
        let given = [secretAccessKey, secretAccessKeyFile, secretAccessKeyCommand]
        guard given.compactMap({ $0 }).count <= 1 else {
            throw Failure(
                usage: "the secret access key is given twice",
                remedy: "give one of --secret-access-key, -file and -command")
        }
        if let secretAccessKeyFile {
            let path = RawArguments.absolutePath(secretAccessKeyFile)
            return .file(path: String(decoding: path, as: UTF8.self))
        }
        if let secretAccessKeyCommand { return .command(secretAccessKeyCommand) }
        if let secretAccessKey {
            return .value(
                try secretAccessKey == "-" ? read("secret access key") : Secret(secretAccessKey))
        }
        guard asks, SecretInput.canAsk else { return nil }
        return SecretInput.ask("Secret Access Key").map { .value($0) }
    }

    private func read(_ name: String) throws -> Secret {
        guard let secret = SecretInput.firstLine() else {
            throw Failure(
                usage: "standard input has no \(name)", remedy: "give it as the first line")
        }
        return secret
    }
}

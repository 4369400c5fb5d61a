import FileHandles
import RemoteSettings
import RequestSigning
import S3Credentials
import SnapshotModel

/// Reads a remote's own keys.
struct RemoteKeys {
    /// Somebody may have to type a password for it.
    private static let limitInSeconds = 120

    private let remote: Remote
    private let name: String
    private let runner: any CommandRunner

    /// - Parameter name: the remote's, for messages.
    init(_ remote: Remote, name: String, _ runner: any CommandRunner) {
        self.remote = remote
        self.name = name
        self.runner = runner
    }

    func read() throws -> Credentials {
        guard let accessKeyID = remote.accessKeyID, let source = remote.secret else {
            throw failure(
                "it has an access key ID or a secret access key, but not both",
                "varve remote add \(name) --replace ... with both or neither")
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: try secret(source),
            sessionToken: remote.sessionToken)
    }

    private func secret(_ source: SecretSource) throws -> Secret {
        switch source {
        case .value(let value): return value
        case .file(let path):
            do {
                let file = try MappedFile(path: Array(path.utf8))
                return try firstLine(Array(file.bytes), "the file \(path)")
            } catch let error as SystemCallError {
                throw failure("cannot read \(path): \(error.reason)", "check the file")
            }
        case .command(let line):
            return try firstLine(try output(of: line), "the output of its command")
        }
    }

    private func output(of line: String) throws -> [UInt8] {
        guard let words = CommandWords.split(line), let program = words.first else {
            throw failure("its command cannot be read", "check the quotes in the command")
        }
        do {
            let result = try runner.run(words, limitInSeconds: Self.limitInSeconds)
            if result.end == .exited(0) { return result.output }
            throw failure("its command \(program) failed", "run the command by hand")
        } catch let error as SystemCallError {
            throw failure(
                "its command \(program) cannot be started: \(error.reason)",
                "check the command; it is run without a shell")
        }
    }

    private func firstLine(_ bytes: [UInt8], _ place: String) throws -> Secret {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !line.isEmpty, let text = String(validating: line, as: UTF8.self) else {
            throw failure("\(place) has no secret in its first line", "write the secret there")
        }
        return Secret(text)
    }

    private func failure(_ cause: String, _ remedy: String) -> CredentialsError {
        CredentialsError(.unusable, "the remote \(name)", cause: cause, remedy: remedy)
    }
}

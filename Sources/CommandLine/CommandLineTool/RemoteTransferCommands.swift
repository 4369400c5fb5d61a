internal import ArgumentParser
import FileHandles
import RemoteSettings
import RepositoryFormat
import RequestSigning
import S3Credentials
import SnapshotModel

struct RemoteExportCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print a remote as one string for another machine.",
        discussion: """
            The string holds the settings, plain to read for whoever has it; \"varve remote \
            import\" takes it. The secret access key is only in it with --with-secret, sealed with \
            a passphrase that is asked for or read from a file.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The remote's name.")
    var name: String

    @Flag(help: "Put the secret access key into the string, sealed with a passphrase.")
    var withSecret = false

    @Option(help: "A file whose first line is the passphrase.")
    var passphraseFile: String?

    func validate() throws {
        if passphraseFile != nil, !withSecret {
            throw ValidationError("--passphrase-file goes with --with-secret")
        }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let remote = try RemoteBook().remote(name)
        if remote.authoritiesPath != nil {
            console.notice("the CA file is a path of this machine and is left out")
        }
        let text = try withSecret ? sealed(remote) : RemoteText(name: name, remote)
        if !withSecret, remote.accessKeyID != nil {
            console.notice("the secret access key is left out; --with-secret puts it in, sealed")
        }
        let line = text.text
        console.line(line)
        console.event("summary") { writer in
            writer.key("name")
            writer.string(name)
            writer.key("text")
            writer.string(line)
            writer.key("hasSecret")
            writer.boolean(text.hasSecrets)
        }
        return .done
    }

    private func sealed(_ remote: Remote) throws -> RemoteText {
        guard remote.accessKeyID != nil else {
            throw Failure(
                usage: "the remote \(name) has no keys of its own",
                remedy: "leave out --with-secret, or varve remote add \(name) --replace ...")
        }
        let runner = ChildCommands(environment: ProcessEnvironment.all())
        let credentials = try RemoteKeys(remote, name: name, runner).read()
        let passphrase = try Passphrase.read(from: passphraseFile, isNew: true)
        let text = try RemoteText(
            name: name, remote, credentials, passphrase: passphrase,
            random: { count in
                var random = SystemRandomNumberGenerator()
                return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            })
        guard let text else {
            throw Failure(
                .failed, "cannot seal the secret", "there is not enough memory",
                "free 128 MiB of memory")
        }
        return text
    }
}

struct RemoteImportCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Add a remote that another machine has exported.",
        discussion: """
            A sealed secret asks for its passphrase. Where the string has no secret, it is asked \
            for on a terminal, or given by the options for keys; without it the keys come from \
            AWS's variables, files and roles.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The string; \"-\" to read it from standard input.")
    var text: String

    @Option(help: "Another name for the remote.")
    var name: String?

    @OptionGroup var keys: KeyOptions

    @Option(help: "A file whose first line is the passphrase.")
    var passphraseFile: String?

    @Flag(help: "Make it the repository that is meant where none is named.")
    var `default` = false

    @Flag(help: "Replace a remote of that name.")
    var replace = false

    mutating func run(_ console: Console) throws -> ExitCode {
        let text = try parse()
        let name = name ?? text.name
        try RemoteBook.check(name: name)
        var book = try RemoteBook()
        guard replace || book.configuration.remotes[name] == nil else {
            throw Failure(
                usage: "there is a remote \"\(name)\" already",
                remedy: "varve remote import --replace ..., or --name with another name")
        }
        let remote = try open(text, console)
        if remote.accessKeyID == nil, let profile = remote.profile {
            console.notice("keys come from the profile \(profile) of AWS's files on this machine")
        }
        for notice in try RemoteAddCommand.check(remote, name) { console.notice(notice) }
        book.configuration.remotes[name] = remote
        if self.default { book.configuration.defaultRemote = name }
        try book.save()
        console.line("added the remote \(name)")
        RemoteShowCommand.event(name, remote, book.configuration, console)
        book.summarise(console)
        return .done
    }

    private func parse() throws -> RemoteText {
        let line = text == "-" ? SecretInput.firstLine()?.revealed ?? "" : text
        do {
            return try RemoteText(String(line.filter { !$0.isWhitespace }))
        } catch {
            throw Self.failure(error)
        }
    }

    private func open(_ text: RemoteText, _ console: Console) throws -> Remote {
        var remote = text.remote
        if text.hasSecrets, !keys.isGiven {
            do {
                return try text.opened(
                    with: Passphrase.read(from: passphraseFile, isNew: false))
            } catch let error as RemoteTextError {
                throw Self.failure(error)
            }
        }
        if remote.accessKeyID != nil, !keys.isGiven, !SecretInput.canAsk {
            remote.accessKeyID = nil
            console.notice(
                "the string has no secret access key: keys come from AWS's variables, files and"
                    + " roles until varve remote import STRING --replace --secret-access-key-file"
                    + " FILE, or the same on a terminal, gives one")
            return remote
        }
        try keys.apply(to: &remote)
        return remote
    }

    private static func failure(_ error: RemoteTextError) -> Failure {
        switch error {
        case .notOne:
            Failure(
                usage: "the text is no exported remote", remedy: "varve remote export NAME there")
        case .newer:
            Failure(
                .failed, "cannot import the remote", "a newer varve has exported it",
                "use a newer varve")
        case .damaged:
            Failure(
                .failed, "cannot import the remote", "the string is cut off or altered",
                "copy it again, as a whole")
        case .tooCostly:
            Failure(
                .failed, "cannot import the remote",
                "there is not enough memory to try the passphrase", "free some memory")
        case .wrongPassphrase:
            Failure(
                .wrongPassphrase, "cannot import the remote", "the passphrase is wrong",
                "try again; or give the secret by --secret-access-key")
        }
    }
}

/// Reads a passphrase, which never stands on a command line.
enum Passphrase {
    /// - Parameters:
    ///   - path: of a file whose first line is the passphrase; `nil` to ask on the terminal.
    ///   - isNew: whether to ask twice.
    static func read(from path: String?, isNew: Bool) throws -> Secret {
        if let path { return try read(path) }
        guard SecretInput.canAsk else {
            throw Failure(
                usage: "a passphrase is needed, and nobody can be asked for it",
                remedy: "--passphrase-file FILE")
        }
        guard let passphrase = SecretInput.ask("Passphrase") else {
            throw Failure(usage: "an empty passphrase protects nothing", remedy: "try again")
        }
        if isNew, SecretInput.ask("The same again") != passphrase {
            throw Failure(usage: "the two passphrases differ", remedy: "try again")
        }
        return passphrase
    }

    private static func read(_ path: String) throws -> Secret {
        let shown = DisplayText.escape(path.utf8)
        do {
            if let passphrase = try SecretInput.firstLine(of: RawArguments.absolutePath(path)) {
                return passphrase
            }
        } catch {
            throw Failure(
                .failed, "cannot read the passphrase", "\(shown): \(error.reason)",
                "check the file")
        }
        throw Failure(
            usage: "\(shown) has no passphrase in its first line",
            remedy: "write the passphrase there")
    }
}

import FileHandles
import RequestSigning
import S3Credentials
import Synchronization
import TestSupport

@testable import HTTPTransport

/// Everything that a search for credentials depends on: a home folder, variables, services,
/// commands and a clock, all of the test's making.
final class Surroundings: Sendable {
    struct Answer: Sendable {
        var status = 200
        var body = ""
    }

    enum CommandAnswer: Sendable {
        case prints(String)
        case fails(ChildProcess.End)
        case isMissing
    }

    struct State {
        var answers: [String: [Answer]] = [:]
        var requests: [HTTPRequest] = []
        var commands: [[String]] = []
        var commandAnswer = CommandAnswer.isMissing
        var now: Int64 = 1_800_000_000
    }

    let home: TemporaryDirectory
    private let state = Mutex(State())

    init() throws {
        home = try TemporaryDirectory(isInMemory: true)
        try home.open().makeDirectory(name: Array(".aws".utf8), mode: 0o700)
    }

    var now: Int64 {
        get { state.withLock { $0.now } }
        set { state.withLock { $0.now = newValue } }
    }

    /// The requests so far, as `METHOD URL`.
    var requests: [String] {
        state.withLock { $0.requests.map { "\($0.method.rawValue) \($0.url)" } }
    }

    var allRequests: [HTTPRequest] { state.withLock { $0.requests } }
    var lastRequest: HTTPRequest? { allRequests.last }
    var commands: [[String]] { state.withLock { $0.commands } }

    /// Lets a request be answered, after what was to be answered before.
    func answer(_ request: String, status: Int = 200, _ body: String = "") {
        state.withLock {
            $0.answers[request, default: []].append(Answer(status: status, body: body))
        }
    }

    /// What every command does from now on.
    func everyCommand(_ answer: CommandAnswer) { state.withLock { $0.commandAnswer = answer } }

    func writeCredentials(_ text: String) throws {
        try home.write(".aws/credentials", Array(text.utf8))
    }

    func writeConfig(_ text: String) throws { try home.write(".aws/config", Array(text.utf8)) }

    func chain(
        _ environment: [String: String] = [:],
        _ change: (inout CredentialsSettings) -> Void = { _ in }
    ) -> CredentialsChain {
        var settings = CredentialsSettings(environment: environment, home: home.text)
        change(&settings)
        return CredentialsChain(
            settings, sender: self, metadataSender: self, runner: self, clock: { self.now })
    }

    /// The ID of the access key that a new chain gives.
    func keyID(
        _ environment: [String: String] = [:],
        _ change: (inout CredentialsSettings) -> Void = { _ in }
    ) throws -> String {
        try chain(environment, change).credentials(insteadOf: nil).accessKeyID
    }

    /// The error of a new chain, which must fail.
    func failure(
        _ environment: [String: String] = [:],
        _ change: (inout CredentialsSettings) -> Void = { _ in }
    ) -> CredentialsError? {
        do throws(CredentialsError) {
            _ = try chain(environment, change).credentials(insteadOf: nil)
            return nil
        } catch {
            return error
        }
    }

    /// Credentials as services write them.
    static func document(
        _ id: String, secret: String = "secret", token: String = "token",
        expiration: String = "2027-01-15T14:00:00Z"
    ) -> String {
        """
        { "Code" : "Success", "Type" : "AWS-HMAC", "AccessKeyId" : "\(id)",
          "SecretAccessKey" : "\(secret)", "Token" : "\(token)", "Expiration" : "\(expiration)" }
        """
    }
}

extension Surroundings: RequestSender {
    /// The last answer to a request stays.
    func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        let name = "\(request.method.rawValue) \(request.url)"
        let answer = state.withLock { state -> Answer? in
            state.requests.append(request)
            guard let answer = state.answers[name]?.first else { return nil }
            if state.answers[name, default: []].count > 1 { state.answers[name]?.removeFirst() }
            return answer
        }
        guard let answer else {
            throw HTTPError(.cannotConnect, request.url.authority, cause: "nobody is there")
        }
        let body = HTTPBody(capacity: answer.body.utf8.count)
        Array(answer.body.utf8).withUnsafeBytes { body.append($0) }
        return HTTPResponse(status: answer.status, fields: HTTPFields(), body: body)
    }
}

extension Surroundings: CommandRunner {
    func run(
        _ words: [String], limitInSeconds: Int
    ) throws(SystemCallError) -> ChildProcess.Result {
        let answer = state.withLock { state in
            state.commands.append(words)
            return state.commandAnswer
        }
        switch answer {
        case .prints(let text):
            return ChildProcess.Result(end: .exited(0), output: Array(text.utf8))
        case .fails(let end):
            return ChildProcess.Result(end: end, output: [])
        case .isMissing:
            throw SystemCallError(number: 2, call: "start", path: Array(words[0].utf8))
        }
    }
}

import FileHandles
import RequestSigning
import S3Credentials
import TestSupport
import Testing

struct CredentialProcessTests {
    private func surroundings(
        _ answer: Surroundings.CommandAnswer,
        command: String = #"/opt/my\ tool --for 'the backup' "$HOME""#
    ) throws -> Surroundings {
        let surroundings = try Surroundings()
        try surroundings.writeConfig("[default]\ncredential_process = \(command)\n")
        surroundings.everyCommand(answer)
        return surroundings
    }

    @Test func theCommandIsRunWithoutAShell() throws {
        let surroundings = try surroundings(
            .prints(
                """
                {
                  "Version": 1, "AccessKeyId": "A\\u004B", "SecretAccessKey": "a b\\/c\\"{",
                  "SessionToken": "t", "Expiration": "2027-01-15T10:00:00+02:00",
                  "AccountId": null, "More": {"x": [1, 2.5, true]}
                }

                """))
        let credentials = try surroundings.chain().credentials(insteadOf: nil)
        #expect(
            credentials
                == Credentials(
                    accessKeyID: "AK", secretAccessKey: Secret("a b/c\"{"),
                    sessionToken: Secret("t"), expiration: 1_800_000_000))
        #expect(surroundings.commands == [["/opt/my tool", "--for", "the backup", "$HOME"]])
    }

    @Test func withoutAnEndTheCommandIsNotRunAgain() throws {
        let surroundings = try surroundings(
            .prints(#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":null}"#))
        let chain = surroundings.chain()
        for _ in 0..<3 {
            let credentials = try chain.credentials(insteadOf: nil)
            #expect(credentials.sessionToken == nil && credentials.expiration == nil)
            surroundings.now += 1_000_000
        }
        #expect(surroundings.commands.count == 1)
    }

    @Test(arguments: [
        (Surroundings.CommandAnswer.fails(.exited(3)), "failed with exit code 3"),
        (.fails(.killed(signal: 9)), "signal 9"), (.fails(.timedOut), "took longer than 60 s"),
        (.fails(.tooMuchOutput), "printed too much"), (.isMissing, "cannot be started"),
        (.prints(""), "no JSON object"), (.prints("marker"), "no JSON object"),
        (.prints(#"{"Version":1,"SecretAccessKey":"marker""#), "no JSON object"),
        (.prints(#"["marker"]"#), "no JSON object"), (.prints("{} marker"), "no JSON object"),
        (.prints(#"{"AccessKeyId":"A","SecretAccessKey":"marker"}"#), "\"Version\": 1"),
        (.prints(#"{"Version":2,"AccessKeyId":"A","SecretAccessKey":"marker"}"#), "Version"),
        (.prints(#"{"Version":"1","AccessKeyId":"A","SecretAccessKey":"marker"}"#), "Version"),
        (.prints(#"{"Version":1,"SecretAccessKey":"marker"}"#), "no AccessKeyId"),
        (.prints(#"{"Version":1,"AccessKeyId":"A","SessionToken":"marker"}"#), "no SecretAccess"),
        (
            .prints(
                #"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"marker","Expiration":"x"}"#),
            "no Expiration"
        ),
    ])
    func whatGoesWrongIsSaidWithoutSecrets(
        answer: Surroundings.CommandAnswer, cause: String
    ) throws {
        let surroundings = try surroundings(answer, command: "/bin/give --password marker")
        let error = try #require(surroundings.failure())
        #expect(error.code == .unusable)
        #expect(error.cause.contains(cause), "\(error)")
        #expect(!"\(error) \(error.remedy) \(error.source)".contains("marker"))
    }

    @Test(arguments: ["'marker", "\"\"", "''  x"])
    func aCommandThatIsNoneIsNotRun(command: String) throws {
        let surroundings = try surroundings(.isMissing, command: command)
        let error = surroundings.failure()
        #expect(error?.code == .unusable)
        #expect(error?.cause.contains("marker") == false)
    }

    /// With a real program, its variables and its output.
    @Test func programsAreRunAsChildren() throws {
        let directory = try TemporaryDirectory()
        try directory.write("give", Array("#!/bin/sh\nprintf '%s' \"$1$VALUE\"\n".utf8))
        try directory.open().setPermissions(of: Array("give".utf8), 0o700)
        let runner = ChildCommands(environment: ["PATH": directory.text, "VALUE": "v"])
        let result = try runner.run(["give", "a b"], limitInSeconds: 30)
        #expect(result == ChildProcess.Result(end: .exited(0), output: Array("a bv".utf8)))
    }
}

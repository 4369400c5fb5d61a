import Foundation
import HTTPTransport
import RequestSigning
import TestSupport
import Testing

/// The signer against botocore, AWS's own library for Python, on random requests.
struct BotocoreTests {
    /// What botocore says about a request.
    private struct Answer: Decodable {
        let url: String
        let canonical: String
        let signature: String
    }

    private struct NoAnswer: Error, CustomStringConvertible {
        let description: String
    }

    /// After so many differences the rest tells nothing new.
    private static let reportLimit = 5

    @Test(arguments: seeds(count: 1))
    func tenThousandRandomRequestsAreSignedAsByBotocore(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let requests = (0..<10_000).map { _ in RandomRequest(using: &generator) }
        let lines = try requests.map {
            try JSONSerialization.data(withJSONObject: $0.document, options: .sortedKeys)
        }
        let answers = try Self.ask(lines)
        #expect(answers.count == requests.count)
        // One signer for all, so that keys are found again and forgotten.
        let signer = RequestSigner()
        var differences = 0
        for (number, (given, answer)) in zip(requests, answers).enumerated() {
            let found = Self.differences(given, answer, signer)
            if found.isEmpty { continue }
            differences += 1
            if differences > Self.reportLimit { continue }
            let input = String(decoding: lines[number], as: UTF8.self)
            Issue.record(
                "seed \(seed), request \(number): \(found.joined(separator: "\n"))\n\(input)")
        }
        #expect(differences == 0, "seed \(seed)")
    }

    private static func differences(
        _ given: RandomRequest, _ answer: Answer, _ signer: RequestSigner
    ) -> [String] {
        var request = given.request
        let authority = given.port.map { "\(given.host):\($0)" } ?? given.host
        let path = request.url.path + (request.url.query.isEmpty ? "" : "?\(request.url.query)")
        let url = "\(given.scheme.rawValue)://\(authority)\(path)"
        let steps: SigningSteps
        let signature: String
        if let lifetime = given.lifetimeInSeconds {
            steps = signer.presign(
                &request, with: given.credentials, lifetimeInSeconds: lifetime,
                region: given.region, time: given.time)
            signature = steps.signature
        } else {
            steps = signer.sign(
                &request, with: given.credentials, payloadHash: given.payload,
                region: given.region, time: given.time)
            signature = request.fields["authorization"] ?? "none"
        }
        return [
            ("URL", url, answer.url),
            ("canonical request", steps.canonicalRequest, answer.canonical),
            ("signature", signature, answer.signature),
        ].compactMap { name, ours, theirs in
            ours == theirs ? nil : "\(name)\nours:   \(ours)\ntheirs: \(theirs)"
        }
    }

    /// Runs the oracle once, with files as its input and output: pipes would have to be emptied.
    private static func ask(_ lines: [Data]) throws -> [Answer] {
        let directory = try TemporaryDirectory(isInMemory: true)
        try directory.write("requests", Array(lines.joined(separator: Data("\n".utf8))))
        for name in ["answers", "errors"] { try directory.write(name, []) }
        let files = ["requests", "answers", "errors"].map { "\(directory.text)/\($0)" }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try python())
        process.arguments = [
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("botocore-oracle.py").path
        ]
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let errors = String(decoding: try directory.read("errors"), as: UTF8.self)
            throw NoAnswer(description: "botocore failed; run .ci/setup tests\n\(errors)")
        }
        return try directory.read("answers").split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Answer.self, from: Data($0))
        }
    }

    /// The interpreter that `.ci/setup tests` has made.
    private static func python() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? "\(environment["HOME"] ?? "")/.cache"
        let path = "\(cache)/varve-tests/python/bin/python"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw NoAnswer(description: "there is no \(path); run .ci/setup tests")
        }
        return path
    }
}

import TestSupport
import Testing

/// What `doctor` finds at each service, and how it ends.
struct DoctorCommandTests {
    /// What a run has found.
    private struct Diagnosis {
        let run: ToolRun
        var outcomes: [String: String] = [:]
        var findings: [String: String] = [:]
        var remedies: [String: String] = [:]
        let summary: [String: Any]

        init(_ run: ToolRun) throws {
            self.run = run
            let objects = try run.objects()
            for step in objects where step["event"] as? String == "step" {
                let name = try #require(step["name"] as? String)
                outcomes[name] = step["outcome"] as? String
                findings[name] = step["finding"] as? String
                remedies[name] = step["try"] as? String
            }
            summary = try #require(objects.last)
            #expect(summary["event"] as? String == "summary")
        }

        /// The steps that went wrong.
        var failed: [String] { outcomes.filter { $0.value == "failed" }.keys.sorted() }
    }

    private func diagnose(_ machine: Machine) throws -> Diagnosis {
        try Diagnosis(machine("doctor", "--json"))
    }

    private func makeMachine(_ place: S3Place) throws -> Machine {
        let machine = try Machine(place)
        try machine.addRemote(root: place.freshRoot())
        return machine
    }

    @Test(arguments: S3Service.tested)
    func `a bucket as it should be`(_ service: S3Service) throws {
        let place = try S3Place(service)
        let machine = try makeMachine(place)
        try machine.summary("init")
        _ = try place.standIn?.requests(clears: true)
        let diagnosis = try diagnose(machine)
        #expect(diagnosis.run.exitCode == 0)
        #expect(diagnosis.summary["usable"] as? Bool == true)
        #expect(diagnosis.failed == [])
        let steps = [
            "settings", "name", "connection", "clock", "credentials", "region", "addressing",
            "list", "put", "get", "range", "list after put", "delete", "repository",
        ]
        for step in steps { #expect(diagnosis.outcomes[step] == "passed", "\(step)") }
        let hasTLS = place.endpoint.hasPrefix("https")
        #expect(diagnosis.outcomes["TLS"] == (hasTLS ? "passed" : "warning"))
        #expect(diagnosis.outcomes["privacy"] == "passed", "\(diagnosis.findings)")
        #expect(diagnosis.findings["addressing"] == (service.usesBucketHosts ? "virtual" : "path"))
        if service == .standIn(.r2) {
            #expect(diagnosis.findings["privacy"]?.contains("r2.dev") ?? false)
        }
        try expectConditionalWrites(diagnosis, service)
        try expectCounted(diagnosis, place)
        // Nothing of the examination stays.
        let left = try place.standIn?.objects().keys.filter { $0.contains("doctor") }
        #expect(left ?? [] == [])
    }

    /// The requests that the tool tells are those that the server has seen.
    private func expectCounted(_ diagnosis: Diagnosis, _ place: S3Place) throws {
        guard let standIn = place.standIn else { return }
        let seen = try standIn.requests()
        let told = try #require(diagnosis.summary["requests"] as? [String: Int])
        for (name, kind) in [("put", LoggedRequest.Kind.put), ("delete", .delete)] {
            #expect(told[name] == seen.count(kind), "\(name)")
        }
        // What is asked of the bucket itself counts as the kind that it costs as.
        #expect(seen.count == told.values.reduce(0, +))
    }

    private func expectConditionalWrites(
        _ diagnosis: Diagnosis, _ service: S3Service
    ) throws {
        let finding = try #require(diagnosis.findings["conditional write"])
        let expected =
            switch service.conditionalWrites {
            case .honoured: "is honoured"
            case .ignored: "is ignored"
            case .refused: "is refused"
            case .notOffered: "not offered"
            }
        #expect(finding.contains(expected), "\(finding)")
        let header =
            switch service {
            case .standIn(.oss): "x-oss-forbid-overwrite"
            case .standIn(.cos): "x-cos-forbid-overwrite"
            case .standIn(.gcs): "x-goog-if-generation-match"
            case .standIn(.b2): "provider"
            default: "if-none-match"
            }
        #expect(finding.contains(header), "\(finding)")
    }

    @Test(
        arguments: [.ignored, .refused] as [StandInOption.ConditionalWrites],
        [.aws, .r2, .minio] as [StandIn.Personality])
    func `conditional writes that a provider loses do no harm`(
        _ way: StandInOption.ConditionalWrites, _ personality: StandIn.Personality
    ) throws {
        let place = try S3Place(.standIn(personality), .conditionalWrites(way))
        let machine = try makeMachine(place)
        let diagnosis = try diagnose(machine)
        #expect(diagnosis.run.exitCode == 0)
        let finding = diagnosis.findings["conditional write"] ?? ""
        #expect(finding.contains("is \(way.rawValue)"), "\(finding)")
        try machine.summary("init")
        try machine.tool.source.appending("file").write([1, 2, 3])
        try machine.summary("snapshot", "source")
        #expect(try machine("check", "--read-data").exitCode == 0)
    }

    /// A right that is missing, the step that shows it, and the words of the provider's remedy.
    struct MissingRight: CustomTestStringConvertible, Sendable {
        let personality: StandIn.Personality
        /// The kind of requests, which has the name of the step.
        let kind: String
        let words: String
        var testDescription: String { "\(personality.rawValue): \(kind)" }
    }

    private static let rights: [MissingRight] =
        ["list", "put", "get", "delete"].map {
            MissingRight(personality: .aws, kind: $0, words: "s3:PutObject")
        } + [
            MissingRight(personality: .r2, kind: "put", words: "Object Read & Write"),
            MissingRight(personality: .oss, kind: "put", words: "oss:PutObject"),
            MissingRight(personality: .cos, kind: "put", words: "name/cos:GetBucket"),
            MissingRight(personality: .minio, kind: "put", words: "reading, writing"),
            MissingRight(personality: .oss, kind: "list", words: "oss:PutObject"),
            MissingRight(personality: .cos, kind: "delete", words: "name/cos:GetBucket"),
        ]

    @Test(arguments: rights)
    func `a missing right is named, with the provider's word for it`(
        _ right: MissingRight
    ) throws {
        let place = try S3Place(.standIn(right.personality), .denies([right.kind]))
        let diagnosis = try diagnose(makeMachine(place))
        #expect(diagnosis.run.exitCode == 1)
        #expect(diagnosis.summary["usable"] as? Bool == false)
        #expect(diagnosis.failed.first == right.kind)
        let remedy = try #require(diagnosis.remedies[right.kind])
        #expect(remedy.contains(right.words), "\(remedy)")
        #expect(remedy.contains(place.bucket))
        #expect(diagnosis.findings[right.kind]?.contains("AccessDenied") ?? false)
    }

    @Test func `a key for one folder only is enough for that folder`() throws {
        let place = try S3Place(.standIn(.aws), .onlyPrefix("mine/"), .denies(["settings"]))
        let machine = try Machine(place)
        try machine.addRemote(root: "mine")
        #expect(try diagnose(machine).run.exitCode == 0)
        try machine.summary("init")
        try machine.addRemote("other", root: "others")
        let other = try diagnose(machine)
        #expect(other.run.exitCode == 1)
        #expect(other.failed == ["list"])
    }

    @Test func `in plain text each step has a mark, and what is wrong has a remedy`() throws {
        let place = try S3Place(.standIn(.minio))
        let machine = try makeMachine(place)
        let good = try machine("doctor")
        #expect(good.exitCode == 0)
        #expect(good.lines.contains("ok      put: allowed"))
        #expect(good.lines.contains { $0.hasPrefix("WARNING TLS: none") })
        #expect(good.lines.contains { $0.hasPrefix("        try: varve init") })
        #expect(good.text.contains("this diagnosis took requests:"))
        #expect(good.lines.last == "the store can be used")
        try #require(place.standIn).set(.denies(["delete"]))
        let bad = try machine("doctor")
        #expect(bad.exitCode == 1)
        #expect(bad.lines.contains { $0.hasPrefix("FAILED  delete: ") })
        #expect(bad.lines.last == "the store cannot be used like this")
        #expect(!(good.text + bad.text).contains(place.secretKey))
    }

    @Test func `a clock that is off is told, and made up for`() throws {
        let place = try S3Place(.standIn(.aws), .clockAhead(seconds: 1200))
        let diagnosis = try diagnose(makeMachine(place))
        #expect(diagnosis.run.exitCode == 0)
        #expect(diagnosis.outcomes["clock"] == "warning")
        #expect(diagnosis.findings["clock"]?.contains("s slow") ?? false)
        #expect(diagnosis.remedies["clock"]?.contains("NTP") ?? false)
    }

    @Test func `a bucket in another region is told, with what to set`() throws {
        let place = try S3Place(
            .standIn(.aws), .buckets(["test": "eu-central-1"]))
        let diagnosis = try diagnose(makeMachine(place))
        #expect(diagnosis.run.exitCode == 0)
        #expect(diagnosis.outcomes["region"] == "warning")
        #expect(diagnosis.remedies["region"]?.contains("eu-central-1") ?? false)
    }

    @Test func `a directory is examined, too`() throws {
        let tool = try Tool(isInMemory: true)
        try tool("init", "-r", "here")
        let diagnosis = try Diagnosis(tool("doctor", "-r", "here", "--json"))
        #expect(diagnosis.run.exitCode == 0)
        #expect(diagnosis.outcomes == ["repository": "passed", "directory": "passed"])
        // The place can be used; what it lacks is a repository.
        let empty = try Diagnosis(tool("doctor", "-r", "nowhere", "--json"))
        #expect(empty.run.exitCode == 0)
        #expect(empty.outcomes == ["repository": "warning"])
        #expect(empty.remedies["repository"]?.contains("varve init") ?? false)
    }
}

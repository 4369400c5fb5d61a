internal import ArgumentParser
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import S3Credentials
import S3Diagnosis
import SnapshotModel
import WorkerThreads

struct DoctorCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Find out whether the repository's store can be used, and what is wrong.",
        discussion: """
            Goes from the settings over network, clock, keys, region and rights to the question \
            whether the public can read the bucket, and says for each step what to do. One small \
            object is written under the root path and deleted again.
            """)

    @OptionGroup var global: GlobalOptions

    mutating func run(_ console: Console) throws -> ExitCode {
        let locator = try RepositoryLocator(global)
        // What is in the store is wanted, not what this machine has a copy of.
        let store = try locator.openStore(usesCache: false)
        var isFine = true
        if let bucket = store.bucket {
            isFine = examine(bucket, console)
            if isFine { _ = Self.hasRepository(in: store, locator, console) }
        } else if Self.hasRepository(in: store, locator, console) {
            // Without a repository nothing is written: the directory would have to be made.
            isFine = examineDirectory(store, console)
        }
        try ProcessSettings.cancellation.check()
        let traffic = store.meter.traffic
        console.line("this diagnosis took \(traffic)")
        console.line(isFine ? "the store can be used" : "the store cannot be used like this")
        console.event("summary") { writer in
            writer.key("usable")
            writer.boolean(isFine)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
        }
        return isFine ? .done : .failed
    }

    private func examine(_ bucket: OpenBucket, _ console: Console) -> Bool {
        let doctor = S3Doctor(
            bucket.client, bucket.plainStore, root: bucket.root, nonce: Self.nonce(),
            now: { Machine.now().seconds },
            report: { Self.show($0, console) })
        let isFine = doctor.run()
        if let source = bucket.credentials.sourceDescription {
            Self.show(DiagnosisStep("keys", .passed, "from \(source)"), console)
        }
        return isFine
    }

    /// A directory: whether an object can be written, read and deleted.
    private func examineDirectory(_ store: OpenStore, _ console: Console) -> Bool {
        let key = ObjectKey("doctor.\(Self.nonce())")
        let bytes = Array("varve doctor\n".utf8)
        do {
            try store.objects.put(key, ObjectBody(bytes))
            let isSame = try store.objects.get(key, .whole).copy() == bytes
            try store.objects.delete([key])
            Self.show(
                DiagnosisStep(
                    "directory", isSame ? .passed : .failed,
                    isSame
                        ? "\(store.objects.location): writing, reading and deleting work"
                        : "other bytes come back than were written",
                    remedy: isSame ? "" : "do not use this disk"), console)
            return isSame
        } catch {
            let failure = Failure(error)
            Self.show(
                DiagnosisStep(
                    "directory", .failed, "\(failure.message): \(failure.cause)",
                    remedy: failure.remedy), console)
            return false
        }
    }

    private static func hasRepository(
        in store: OpenStore, _ locator: RepositoryLocator, _ console: Console
    ) -> Bool {
        do {
            let repository = try locator.open(in: store).repository
            show(DiagnosisStep("repository", .passed, "\(repository.description.id)"), console)
            return true
        } catch {
            let failure = Failure(error)
            show(
                DiagnosisStep(
                    "repository", .warning, failure.message, remedy: failure.remedy), console)
            return false
        }
    }

    private static func nonce() -> String {
        var random = SystemRandomNumberGenerator()
        return "\(Nonce(RandomBits(high: random.next(), low: random.next())))"
    }

    private static func show(_ step: DiagnosisStep, _ console: Console) {
        let mark =
            switch step.outcome {
            case .passed: "ok      "
            case .warning: "WARNING "
            case .failed: "FAILED  "
            case .unknown: "unknown "
            }
        console.line("\(mark)\(step.name): \(step.finding)")
        if !step.remedy.isEmpty { console.line("        try: \(step.remedy)") }
        console.event("step") { writer in
            writer.key("name")
            writer.string(step.name)
            writer.key("outcome")
            writer.string(step.outcome.rawValue)
            writer.key("finding")
            writer.string(step.finding)
            writer.key("try")
            writer.string(step.remedy)
        }
    }
}

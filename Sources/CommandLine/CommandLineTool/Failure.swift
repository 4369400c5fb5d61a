import ChunkStorage
import FileHandles
import Forgetting
import ObjectStore
import RemoteSettings
import RepositoryFormat
import RequestSigning
import Restoring
import S3Store
import SnapshotModel
import Snapshotting
import WorkerThreads

/// An error as the user sees it: what failed, on what, why, and what to try.
struct Failure: Error {
    let exitCode: ExitCode
    let message: String
    var cause = ""
    var remedy = ""

    /// A failure of the command line itself.
    init(usage message: String, remedy: String = "varve help") {
        exitCode = .usage
        self.message = message
        self.remedy = remedy
    }

    /// Results that could not be written, with the error number.
    init(lostOutput number: CInt) {
        let error = SystemCallError(number: number, call: "write", path: [])
        self.init(.failed, "cannot write to standard output", error.reason, "")
    }

    /// Finds the words and the exit code for any error of the layers below.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as RepositoryError: self.init(repository: error)
        case let error as StoreError where error.code == .interrupted:
            self.init(.interrupted, "interrupted", "", "")
        case let error as StoreError: self.init(store: error)
        case let error as SnapshotError: self.init(snapshot: error)
        case let error as CredentialsError:
            self.init(.failed, "no credentials", "\(error)", error.remedy)
        case let error as RestoreError: self.init(restore: error)
        case let error as ForgetError: self.init(forget: error)
        case let error as FormatError:
            self.init(.damaged, "the repository is damaged", "\(error)", "varve check")
        case let error as AddressError: self.init(usage: error.description, remedy: error.remedy)
        case let error as S3SettingsError:
            self.init(.usage, "the \(error.setting) is wrong", error.cause, error.remedy)
        case let error as RemoteConfigurationError:
            let path = DisplayText.escape(error.path)
            self.init(.failed, "cannot use \(path)", error.cause, error.remedy)
        case is Interrupted: self.init(.interrupted, "interrupted", "", "")
        default: self.init(.failed, "\(error)", "", "")
        }
    }

    /// A failure in all its words; cause and remedy may be empty.
    init(_ exitCode: ExitCode, _ message: String, _ cause: String, _ remedy: String) {
        self.exitCode = exitCode
        self.message = message
        self.cause = cause
        self.remedy = remedy
    }

    private init(repository error: RepositoryError) {
        let exitCode: ExitCode =
            switch error.code {
            case .noRepository: .noRepository
            case .damaged: .damaged
            case .changed: .concurrentChange
            default: .failed
            }
        self.init(exitCode, error.message, error.cause, error.remedy)
    }

    private init(store error: StoreError) {
        let usual =
            switch error.code {
            case .noSpace: "free some space there and run the command again"
            case .permissionDenied: "check who owns the repository and its files"
            case .readOnly: "make the repository's disk writable"
            case .notFound: "varve check"
            default: "run the command again; if it fails again, varve check"
            }
        self.init(
            .failed, "cannot \(error.operation.rawValue) \(error.subject): \(error.code)",
            error.cause, error.remedy.isEmpty ? usual : error.remedy)
    }

    private init(forget error: ForgetError) {
        guard let cause = error.cause else {
            let groups = error.groups.map(ForgetOutput.title)
            let others = groups.count - 1
            self.init(
                .failed,
                "the rules would keep nothing of \(groups.first ?? "")"
                    + (others > 0
                        ? " and of \(HumanText.count(UInt64(others), "group", "groups")) more"
                        : ""),
                "no rule keeps any of the snapshots there",
                "add a rule such as --keep-last 1; --allow-empty forgets them all. Nothing was"
                    + " forgotten")
            return
        }
        let store = Failure(cause)
        let done = "\(error.forgottenCount) of \(error.totalCount) snapshots were forgotten"
        // Which right is missing cannot be told from the name of an object alone.
        let isForbidden = cause.code == .permissionDenied && cause.operation == .delete
        self.init(
            store.exitCode,
            isForbidden ? "no permission to DELETE in snapshots/" : store.message,
            isForbidden ? "\(cause)" : store.cause, "\(store.remedy). \(done)")
    }

    private init(snapshot error: SnapshotError) {
        let subject = DisplayText.escape(error.path)
        let verb =
            switch error.code {
            case .noProgram: "start"
            case .unreadableStream: "read"
            default: "take"
            }
        let remedy =
            switch error.code {
            case .noProgram: "check the command; no snapshot was made"
            case .failedProgram, .unreadableStream:
                "no snapshot was made; what was stored of the stream is not sent again"
            case .ownDirectory: "choose another folder; nothing was written"
            case .noSource: "check the path; nothing was written"
            case .collision: "rename one, or make a snapshot of each; nothing was written"
            default: "check who may read it; nothing was written"
            }
        self.init(
            error.code == .collision ? .usage : .failed,
            error.code == .failedProgram
                ? "the command \(subject) failed" : "cannot \(verb) \(subject)",
            error.cause, remedy)
    }

    private init(restore error: RestoreError) {
        let remedy =
            switch error.code {
            case .noSpace: "free some space and restore again: what is there is not fetched again"
            case .targetInUse: "wait until the other one has ended"
            case .wrongTarget: "check the path; --force deletes all the same. Nothing was changed"
            case .seedUnusable: "choose another folder for --seed"
            default: "choose another target"
            }
        let message =
            error.code == .seedUnusable
            ? "cannot use the seed \(DisplayText.escape(error.path))"
            : "cannot restore to \(DisplayText.escape(error.path))"
        self.init(.failed, message, error.cause, remedy)
    }
}

// A session that outlives the run which has opened it, so that the next runs of this machine need
// neither announce themselves nor look at the index (Specs/concurrency.md). In the cache directory:
//
//     <cache>/sessions/<hash of the place>                          the session with its view
//     <cache>/sessions/<hash of the place>.lock                     held while that is changed
//     <cache>/sessions/<hash of the place>.run.<session>.<uptime>.<random>   a run under a session
//
// The note of a run goes when every request of the run was answered. A session with such notes is
// closed by nobody: what a killed run has sent may still take effect. All of it may be deleted at
// any time; then the session lapses.

import Cryptography
package import FileHandles
import RepositoryFormat
import SnapshotModel

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Where the runs of one machine on one repository find the session that they share. Safe to use
/// from any number of threads and processes; nothing here fails: without files, each run has a
/// session of its own.
package struct StandingSession: Sendable {
    private static let lockSuffix = ".lock"
    private static let runInfix = ".run."

    private let folder: LocalFolder
    private let name: String
    /// Tells this boot of the machine from others: its clock and its processes are of this one.
    let bootID: String

    /// - Parameters:
    ///   - cacheDirectory: the cache directory; it need not exist.
    ///   - place: tells the repository from others: where it is, and its ID.
    ///   - bootID: tells this boot of the machine from others.
    package init(cacheDirectory: [UInt8], place: String, bootID: String) {
        folder = Self.files(in: cacheDirectory).folder
        let hash = Array(place.utf8).withUnsafeBytes { SHA256.digest(of: $0) }
        name = PlaceFolder.name(forHash: hash.hexadecimal)
        self.bootID = bootID
    }

    /// A run's note that it is at work under a session.
    struct Run: Hashable, Sendable {
        let session: SessionID
        fileprivate let fileName: String
    }

    // MARK: Runs

    /// Joins the session that stands, if one does.
    /// - Parameters:
    ///   - uptime: of the machine, in seconds.
    ///   - isUsable: whether the session may be used.
    /// - Returns: `nil` when the run has to open a session.
    func join(
        uptime: UInt64, _ isUsable: (SessionNote) -> Bool
    ) -> (note: SessionNote, run: Run)? {
        withLock {
            guard let note = load(), isUsable(note) else { return nil }
            return start(note.id, uptime).map { (note, $0) }
        } ?? nil
    }

    /// Lets a session that was just opened stand, instead of any other.
    /// - Returns: the run under it, and the session that nobody uses any more, which is to be
    ///   closed; `nil` when the session cannot stand and is the caller's alone.
    func stand(_ note: SessionNote, uptime: UInt64) -> (run: Run, idle: SessionNote?)? {
        try? FileHandle.makeDirectories(path: folder.path, mode: 0o700)
        return withLock {
            let old = load()
            sweep(uptime: uptime)
            guard let run = start(note.id, uptime) else { return nil }
            guard save(note) else {
                end(run)
                return nil
            }
            return (run, old.flatMap { isIdle($0.id) ? $0 : nil })
        } ?? nil
    }

    /// Ends a run all of whose requests were answered; one that is never ended so keeps its session
    /// from being closed.
    /// - Parameter update: gives what the session has seen by now, from what stands; `nil` when it
    ///   is not to stand any longer.
    /// - Returns: whether the session is to be closed: it does not stand, and nobody else uses it.
    func leave(_ run: Run, _ update: (SessionNote) -> SessionNote?) -> Bool {
        withLock {
            end(run)
            guard let note = load(), note.id == run.session else { return isIdle(run.session) }
            if let new = update(note) {
                if new != note { save(new) }
                return false
            }
            remove()
            return isIdle(run.session)
        } ?? false
    }

    /// Takes the session away that stands, unless a run is at work under it.
    /// - Returns: the session, which is to be closed.
    func takeAway() -> SessionNote? {
        withLock {
            guard let note = load(), isIdle(note.id) else { return nil }
            remove()
            return note
        } ?? nil
    }

    /// Lets a session stand no longer, whoever uses it.
    func drop(_ session: SessionID) {
        withLock { if load()?.id == session { remove() } }
    }

    private func start(_ session: SessionID, _ uptime: UInt64) -> Run? {
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        let run = Run(
            session: session, fileName: "\(name)\(Self.runInfix)\(session).\(uptime).\(random)")
        let path = folder.appending(run.fileName).path
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        return (try? FileHandle.open(path: path, flags: flags)) == nil ? nil : run
    }

    private func end(_ run: Run) {
        try? FileHandle.remove(path: folder.appending(run.fileName).path)
    }

    /// Whether no run is at work under a session, or was and has not ended well.
    private func isIdle(_ session: SessionID) -> Bool {
        let prefix = "\(name)\(Self.runInfix)\(session)."
        return !folder.names.contains { $0.hasPrefix(prefix) }
    }

    /// Removes the notes of runs that have been killed, when no session of theirs can live.
    private func sweep(uptime: UInt64) {
        let prefix = "\(name)\(Self.runInfix)"
        folder.removeFiles { fileName in
            guard fileName.hasPrefix(prefix) else { return false }
            let words = fileName.dropFirst(prefix.count).split(separator: ".")
            guard words.count == 3, let begin = UInt64(words[1]) else { return false }
            // A clock that stands earlier than the note is that of another boot.
            return begin > uptime
                || uptime - begin > UInt64(ProtocolMarker.longestLeaseInSeconds)
        }
    }

    // MARK: Files

    private var path: [UInt8] { folder.appending(name).path }

    /// The session that stands, if it is one of this boot of the machine.
    private func load() -> SessionNote? {
        guard let file = try? MappedFile(path: path) else { return nil }
        return withExtendedLifetime(file) { SessionNote(file.bytes, bootID: bootID) }
    }

    @discardableResult
    private func save(_ note: SessionNote) -> Bool {
        do {
            let file = try ReplacedFile(path: path)
            try Array(note.text(bootID: bootID).utf8).withUnsafeBytes { try file.append($0) }
            try file.finish()
            return true
        } catch {
            return false
        }
    }

    private func remove() { try? FileHandle.remove(path: path) }

    /// - Returns: `nil` when another process has the lock for long, or there is no place for it.
    private func withLock<Result>(_ body: () -> Result) -> Result? {
        let path = folder.appending(name + Self.lockSuffix).path
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        guard let file = try? FileHandle.open(path: path, flags: flags) else { return nil }
        return withExtendedLifetime(file) { file.takeExclusively() ? body() : nil }
    }

    /// The files for all repositories. To clear them lets no session stand any longer: those that
    /// are open lapse.
    package static func files(in cacheDirectory: [UInt8]) -> PlaceFolder {
        PlaceFolder("sessions", in: cacheDirectory)
    }
}

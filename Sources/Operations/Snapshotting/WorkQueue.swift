import WorkerThreads

/// What the workers have to do: jobs in the order of the tree, and before them the segments of
/// large files, for somebody is in the middle of those. Who finds nothing else reads a stretch of
/// such a file ahead.
final class WorkQueue: Sendable {
    /// Something to do.
    enum Work: Sendable {
        case segment(FileSegment)
        case job(ReadJob)
        case stream(StreamJob)
        case ahead(AheadReading)
    }

    private struct State {
        var files: AheadBoard
        var segments: [FileSegment] = []
        var jobs: [ReadJob] = []
        var stream: StreamJob?
        /// How many jobs and streams somebody is in the middle of: they may give more to do.
        var begun = 0
        var isClosed = false
        var isCancelled = false
    }

    /// Each job keeps a directory open, so they are few.
    private static let mostJobs = 64

    private let monitor: Monitor<State>

    /// - Parameter workerCount: how many threads take work; 1 or more.
    init(workerCount: Int) {
        monitor = Monitor(State(files: AheadBoard(mostBorrowed: workerCount)))
    }

    /// Adds a job; waits while there are many.
    func push(_ job: ReadJob) {
        let isAbandoned = monitor.wait { state -> Bool? in
            if state.isCancelled { return true }
            guard state.jobs.count < Self.mostJobs else { return nil }
            state.jobs.append(job)
            return false
        }
        if isAbandoned { job.abandon() }
    }

    /// Adds a stream, of which a run has one at most.
    func push(_ stream: StreamJob) {
        let isAbandoned = monitor.update { state in
            if !state.isCancelled { state.stream = stream }
            return state.isCancelled
        }
        if isAbandoned { stream.abandon() }
    }

    /// Adds a segment; never waits, because its reader bounds how many there are.
    func push(_ segment: FileSegment) {
        monitor.update { $0.segments.append(segment) }
    }

    /// Takes the next work. Whoever has taken a job or a stream calls `end` when it is done.
    /// - Returns: `nil` when there will be none.
    func pop() -> Work? {
        monitor.wait { state -> Work?? in
            if state.isCancelled { return .some(nil) }
            if !state.segments.isEmpty { return .segment(state.segments.removeFirst()) }
            if let work = state.jobs.isEmpty ? nil : Work.job(state.jobs.removeFirst()) {
                state.begun += 1
                return work
            }
            if let stream = state.stream.take() {
                state.begun += 1
                return .stream(stream)
            }
            if let reading = state.files.claim() { return .ahead(reading) }
            return state.isClosed && state.begun == 0 ? .some(nil) : nil
        }
    }

    /// Says that a job or a stream gives nothing more to do.
    func end() { monitor.update { $0.begun -= 1 } }

    /// Takes a segment if one waits.
    func popSegment() -> FileSegment? {
        monitor.read { $0.segments.isEmpty ? nil : $0.segments.removeFirst() }
    }

    /// Adds a file that the caller reads in segments.
    /// - Returns: its number, for the other calls; `closeFile` must follow.
    func openFile() -> Int { monitor.read { $0.files.open() } }

    /// Says that the file needs nothing more.
    func closeFile(_ number: Int) { monitor.update { $0.files.close(number) } }

    /// Whether a file may have another segment on its way.
    /// - Parameter segments: how many it has.
    func mayRead(_ number: Int, having segments: Int) -> Bool {
        monitor.update { $0.files.mayRead(number, having: segments) }
    }

    /// Takes what somebody reads, or has read, of a file from an offset on. It may have to be
    /// waited for.
    func takeAhead(_ number: Int, at offset: UInt64) -> AheadReading? {
        monitor.read { $0.files.take(number, at: offset) }
    }

    /// Says what others may read of a file.
    func offer(_ number: Int, _ offer: AheadBoard.Offer) {
        monitor.update { $0.files.offer(number, offer) }
    }

    /// Says that no further job comes.
    func close() { monitor.update { $0.isClosed = true } }

    /// Whether the run has failed.
    var isCancelled: Bool { monitor.read { $0.isCancelled } }

    /// Drops everything, and lets go whoever waits for a job.
    func cancel() {
        let (jobs, stream) = monitor.update { state in
            state.isCancelled = true
            defer { (state.jobs, state.stream) = ([], nil) }
            return (state.jobs, state.stream)
        }
        for job in jobs { job.abandon() }
        stream?.abandon()
    }
}

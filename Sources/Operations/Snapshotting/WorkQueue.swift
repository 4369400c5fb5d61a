import WorkerThreads

/// What the workers have to do: jobs in the order of the tree, and before them the segments of
/// large files, for somebody is in the middle of those.
final class WorkQueue: Sendable {
    /// Something to do.
    enum Work: Sendable {
        case segment(FileSegment)
        case job(ReadJob)
        case stream(StreamJob)
    }

    private struct State {
        var segments: [FileSegment] = []
        var jobs: [ReadJob] = []
        var stream: StreamJob?
        var isClosed = false
        var isCancelled = false
    }

    /// Each job keeps a directory open, so they are few.
    private static let mostJobs = 64

    private let monitor = Monitor(State())

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

    /// Takes the next work.
    /// - Returns: `nil` when there will be none.
    func pop() -> Work? {
        monitor.wait { state -> Work?? in
            if state.isCancelled { return .some(nil) }
            if !state.segments.isEmpty { return .segment(state.segments.removeFirst()) }
            if !state.jobs.isEmpty { return .job(state.jobs.removeFirst()) }
            if let stream = state.stream.take() { return .stream(stream) }
            return state.isClosed ? .some(nil) : nil
        }
    }

    /// Takes a segment if one waits.
    func popSegment() -> FileSegment? {
        monitor.read { $0.segments.isEmpty ? nil : $0.segments.removeFirst() }
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

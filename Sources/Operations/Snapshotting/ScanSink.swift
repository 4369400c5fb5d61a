/// Takes what the scanner tells: the stages of a snapshot, or whoever only wants to know.
protocol ScanSink {
    /// Takes files that have to be read; before the event that has their entries.
    func take(_ job: ReadJob) throws

    /// Takes an event; waits while the stages behind are busy.
    /// - Parameter cost: how many entries it has, for bounds on what waits.
    /// - Throws: `Interrupted` when nobody listens any more.
    func take(_ event: ScanEvent, cost: Int) throws
}

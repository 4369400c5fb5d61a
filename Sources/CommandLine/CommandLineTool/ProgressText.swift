import ObjectStore
import SnapshotModel
import Snapshotting

/// The progress line of a snapshot.
struct ProgressText: Sendable {
    let meter: TrafficMeter
    let stopwatch: Stopwatch

    /// Files and bytes seen, bytes read, new and written, the rate; with a parent the time left.
    func line(_ progress: SnapshotProgress) -> String {
        let milliseconds = max(1, stopwatch.milliseconds)
        let rate = progress.counts.bytes * 1000 / milliseconds
        var parts = [
            "\(progress.counts.files) files, \(HumanText.bytes(progress.counts.bytes))",
            "read \(HumanText.bytes(progress.readBytes))",
            "new \(HumanText.bytes(progress.newBytes))",
            "written \(HumanText.bytes(meter.traffic.uploadedBytes))",
            "\(HumanText.bytes(rate))/s",
        ]
        if let expected = progress.expected?.bytes, expected > progress.counts.bytes, rate > 0 {
            let left = (expected - progress.counts.bytes) / rate
            parts.append("about \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left")
        }
        return parts.joined(separator: ", ")
    }
}

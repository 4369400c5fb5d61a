import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import SnapshotModel

/// Tells what a prune has done.
struct PruneOutput {
    private let console: Console

    init(_ console: Console) { self.console = console }

    /// Shows everything, as the outcome of a command that only prunes.
    func show(
        _ report: PruneReport, dryRun: Bool, _ traffic: StoreTraffic, _ milliseconds: UInt64
    ) {
        show(report, dryRun: dryRun)
        console.detail("\(traffic)")
        console.event("summary") { writer in
            writer.key("dryRun")
            writer.boolean(dryRun)
            Self.append(report, to: &writer)
            writer.key("requests")
            DocumentCodec.append(RequestCounts(traffic), to: &writer)
            writer.key("seconds")
            writer.milliseconds(milliseconds)
        }
    }

    /// Shows the text for people.
    func show(_ report: PruneReport, dryRun: Bool) {
        let estimate = report.estimate
        let would = dryRun ? "would " : ""
        if !console.isQuiet {
            console.line(
                "before: \(HumanText.count(UInt64(estimate.packs), "pack", "packs")), "
                    + "\(HumanText.bytes(estimate.totalInBytes)), of which "
                    + "\(HumanText.bytes(estimate.unusedBeforeInBytes)) unused")
            console.line(
                "\(would)condemn\(dryRun ? "" : "ed") "
                    + "\(HumanText.count(UInt64(estimate.deletedPacks), "pack", "packs")) that "
                    + "nothing needs and \(estimate.repackedPacks) of which "
                    + "\(HumanText.bytes(estimate.repackedInBytes)) "
                    + "\(dryRun ? "would be" : "were") copied")
            if estimate.unusedAfterInBytes > 0 {
                console.line("\(HumanText.bytes(estimate.unusedAfterInBytes)) stay unused")
            }
            showWaiting(report)
        }
        let packs = HumanText.count(UInt64(report.deletedPacks), "pack", "packs")
        console.line(
            "\(dryRun ? "would free" : "freed") \(HumanText.bytes(report.freedInBytes)) in "
                + "\(packs), \(HumanText.bytes(report.keptInBytes)) left")
    }

    private func showWaiting(_ report: PruneReport) {
        if report.waitingPacks > 0 {
            let packs = HumanText.count(UInt64(report.waitingPacks), "pack", "packs")
            console.line("\(packs) wait for a later prune:")
            for session in report.waitsFor {
                let limit = session.secondsLeft.map { ", at most \(max(1, $0 / 60)) minutes" } ?? ""
                console.line("  for \(session.owner)\(limit)")
            }
        }
        if report.forgottenSnapshots > 0 {
            let snapshots = HumanText.count(
                UInt64(report.forgottenSnapshots), "forgotten snapshot", "forgotten snapshots")
            console.line(
                "the data of \(snapshots) stays until the grace is over; "
                    + "varve prune --grace 0 frees it now")
        }
    }

    /// Appends the numbers of a prune to an object of JSON.
    static func append(_ report: PruneReport, to writer: inout JSONWriter) {
        let numbers: [(StaticString, UInt64)] = [
            ("packs", UInt64(report.estimate.packs)),
            ("totalBytes", report.estimate.totalInBytes),
            ("unusedBytes", report.estimate.unusedBeforeInBytes),
            ("unusedBytesAfter", report.estimate.unusedAfterInBytes),
            ("deletedPacks", UInt64(report.deletedPacks)),
            ("repackedBytes", report.repackedInBytes),
            ("freedBytes", report.freedInBytes),
            ("keptBytes", report.keptInBytes),
            ("waitingPacks", UInt64(report.waitingPacks)),
            ("forgottenSnapshots", UInt64(report.forgottenSnapshots)),
            ("expiredSnapshots", UInt64(report.expiredSnapshots)),
        ]
        for (key, number) in numbers {
            writer.key(key)
            writer.number(number)
        }
    }
}

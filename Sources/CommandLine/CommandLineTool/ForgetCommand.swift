internal import ArgumentParser
import FileTree
import Forgetting
import ObjectStore
import Pruning
import RepositoryAccess
import RepositoryFormat
import Retention
import SnapshotModel

struct ForgetCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget snapshots: the named ones, or all but some.",
        discussion: """
            With rules (--keep-...) a snapshot stays when one of them keeps it; they are applied \
            to the snapshots of each host and path for themselves. --host, --tag and --path choose \
            which snapshots the rules are about, or which ones \"latest\" means. The data of \
            forgotten snapshots stays until it is pruned; until then --undo brings them back, \
            under new IDs.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup(title: "Rules") var keep: KeepOptions
    @OptionGroup(title: "Limits of --prune") var limits: PruneOptions

    @Argument(help: "Snapshots to forget; without rules. With --undo: forgotten ones.")
    var snapshots: [String] = []

    @Flag(
        help: """
            Bring the named snapshots back, which are forgotten: "varve list --forgotten" shows \
            them.
            """)
    var undo = false

    @Flag(help: "Prune afterwards, also when nothing was forgotten.")
    var prune = false

    @Flag(help: "Only show what would be done; of a prune nothing is shown.")
    var dryRun = false

    func validate() throws {
        if undo { return try validateUndo() }
        guard prune || !limits.isGiven else {
            throw ValidationError(
                "--max-unused, --max-repack and --grace are about a prune: give --prune, too")
        }
        if !snapshots.isEmpty {
            guard !keep.isGiven else {
                throw ValidationError(
                    "snapshots are forgotten by name or by rules, not both: leave out "
                        + "--keep-..., --group-by and --allow-empty, or the names")
            }
            return
        }
        // To forget all of a host, a tag or a path is meant when both options say so.
        guard !keep.policy.isEmpty || (keep.allowEmpty && filter.isGiven) else {
            throw ValidationError(
                "nothing says what to forget: name snapshots, or give rules that say what to keep, "
                    + "such as --keep-last 10 or --keep-daily 7 --keep-weekly 5")
        }
    }

    private func validateUndo() throws {
        guard !keep.isGiven, !filter.isGiven else {
            throw ValidationError(
                "--undo goes by name only: leave out --keep-..., --group-by, --allow-empty, "
                    + "--host, --tag and --path")
        }
        guard !prune, !limits.isGiven else {
            throw ValidationError(
                "--undo and --prune exclude each other: what is pruned cannot be brought back")
        }
        guard !snapshots.isEmpty else {
            throw ValidationError(
                "nothing says what to bring back: name forgotten snapshots, which "
                    + "\"varve list --forgotten\" shows")
        }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        // What is deleted depends on every bit of the tables.
        let open = try RepositoryLocator(global).open(verifiesTables: true)
        if undo {
            try UndoRun(open, dryRun: dryRun, console).run(snapshots, stopwatch)
            return .done
        }
        let forgetter = Forgetter(open.repository)
        let plan = try makePlan(forgetter)
        ForgetOutput(grouping: keep.groupBy ?? .usual, console: console).show(plan)
        try forgetter.check(plan)
        if !dryRun {
            let total = plan.forgottenCount
            try forgetter.carryOut(plan) { console.progress("forgot \($0) of \(total) snapshots") }
        }
        for manifest in plan.damaged {
            console.warning(
                "\(manifest.key) is damaged, and left alone: \(manifest.reason)")
        }
        showResult(plan, console)
        let pruned = try prune && !dryRun ? limits.prune(open, dryRun: false, console) : nil
        if let pruned { PruneOutput(console).show(pruned, dryRun: false) }
        open.store.tidyUp(console)
        let traffic = open.store.meter.traffic
        console.detail("\(traffic)")
        summarize(plan, pruned, RequestCounts(traffic), stopwatch.milliseconds, console)
        return plan.damaged.isEmpty ? .done : .damaged
    }

    private func makePlan(_ forgetter: Forgetter) throws -> ForgetPlan {
        if !snapshots.isEmpty { return try forgetter.plan(naming: snapshots, filter.filter) }
        var settings = ForgetSettings()
        settings.policy = keep.policy
        settings.grouping = keep.groupBy ?? .usual
        settings.filter = filter.filter
        settings.allowsEmpty = keep.allowEmpty
        return try forgetter.plan(settings, now: Machine.now(), clock: .machine)
    }

    private func showResult(_ plan: ForgetPlan, _ console: Console) {
        let forgotten = HumanText.count(UInt64(plan.forgottenCount), "snapshot", "snapshots")
        // Snapshots that were named say nothing of all the others.
        let kept = snapshots.isEmpty ? ", \(dryRun ? "keep" : "kept") \(plan.keptCount)" : ""
        console.line((dryRun ? "would forget " : "forgot ") + forgotten + kept)
    }

    private func summarize(
        _ plan: ForgetPlan, _ pruned: PruneReport?, _ requests: RequestCounts,
        _ milliseconds: UInt64, _ console: Console
    ) {
        console.event("summary") { writer in
            writer.key("dryRun")
            writer.boolean(dryRun)
            writer.key("groups")
            writer.number(UInt64(plan.groups.count))
            writer.key("kept")
            writer.number(UInt64(plan.keptCount))
            writer.key("forgotten")
            writer.number(UInt64(plan.forgottenCount))
            writer.key("damaged")
            writer.number(UInt64(plan.damaged.count))
            if let pruned {
                writer.key("prune")
                writer.beginObject()
                PruneOutput.append(pruned, to: &writer)
                writer.endObject()
            }
            writer.key("requests")
            DocumentCodec.append(requests, to: &writer)
            writer.key("seconds")
            writer.milliseconds(milliseconds)
        }
    }
}

extension LocalClock {
    /// The clock of this machine, in its zone or in that of the variable `TZ`.
    static let machine = LocalClock { Machine.utcOffset(at: $0) }
}
